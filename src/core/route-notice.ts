import type { ChatLine } from './room-notice.ts'
import type { Both } from './words.ts'

/** Why what a person changed was not changed in WeChat. */
export type NotEdited =
  | 'off'
  | 'recalled'
  | 'restored'
  | 'unknown'
  | 'notMine'
  | 'otherChat'
  /** Not the message was taken back, but a change of it. */
  | 'undone'

/** What the bridge says about where something written goes, and about what was changed later, as data (see `Notice`). */
export type RouteNotice =
  /**
   * Something was written where many chats meet: for which one is it? `code` names the question in `to`; pages are counted
   * from 1. `mps`: only official accounts are asked for.
   */
  | {
      readonly type: 'whichChat'
      readonly code: string
      readonly preview: string
      /** So many messages, of an album. */
      readonly count: number
      readonly page: number
      readonly choices: readonly ChatLine[]
      readonly more?: true
      readonly mps?: true
    }
  /** The question is answered: it was put in line for that chat. */
  | { readonly type: 'routed'; readonly name: string; readonly preview: string }
  /** The question is answered: it is not sent. `taken`: it was taken back meanwhile. */
  | { readonly type: 'notRouted'; readonly preview: string; readonly taken?: true }
  /** Answered once more: nothing waits under that code. */
  | { readonly type: 'routedAlready' }
  /** The chat that was picked cannot be written to; pick another. */
  | { readonly type: 'noSuchChat' }
  /** Answers a person's own change. */
  | { readonly type: 'notEdited'; readonly why: NotEdited }
  /** A copy of a person's own message, in the chat it is in: it could be that message, so it was not sent. */
  | { readonly type: 'copied' }
  /** Someone reacted to a message: that does not reach WeChat. */
  | { readonly type: 'reactionsOff' }
  /** What reactions do in WeChat; `now`: since just now. */
  | { readonly type: 'reactions'; readonly policy: 'line' | 'off'; readonly now?: true }

type RouteWords = {
  readonly [T in RouteNotice['type']]: (notice: Extract<RouteNotice, { readonly type: T }>) => Both
}

export const routeWords: RouteWords = {
  whichChat: ({ preview, count, choices, page, mps }) => {
    const many = {
      zh: count > 1 ? `（共 ${count} 个）` : '',
      en: count > 1 ? ` (${count} of them)` : '',
    }
    const none: Both = mps
      ? { zh: '还没有公众号发过消息。', en: 'No official account has said anything yet.' }
      : { zh: '还没有聊天。', en: 'There are no chats yet.' }
    const empty = choices.length === 0 && page === 1
    const how: Both = mps
      ? {
          zh: '也可以直接回复那个公众号的消息。',
          en: 'Or write it as an answer to a message of that account.',
        }
      : {
          zh: '也可以直接回复那个聊天的消息。',
          en: 'Or write it as an answer to a message of that chat.',
        }
    return {
      zh: `还没有发送：“${preview}”${many.zh}要发给谁？${empty ? none.zh : ''}${how.zh}`,
      en: `Not sent yet: "${preview}"${many.en}. Which chat is it for? ${empty ? `${none.en} ` : ''}${how.en}`,
    }
  },
  routed: ({ name, preview }) => ({
    zh: `“${preview}” → ${name}`,
    en: `"${preview}" → ${name}`,
  }),
  notRouted: ({ preview, taken }) => ({
    zh: `${taken ? '已收回，' : ''}没有发送：“${preview}”`,
    en: `${taken ? 'Taken back; it was' : 'Was'} not sent: "${preview}"`,
  }),
  routedAlready: () => ({
    zh: '已经处理过了：这个问题下面没有等着发送的消息。',
    en: 'That is settled already: nothing waits under this question any more.',
  }),
  noSuchChat: () => ({
    zh: '没有发送：这个聊天已经不能写了。请另选一个。',
    en: 'Was not sent: that chat cannot be written to any more. Pick another one.',
  }),
  notEdited: ({ why }) => notEdited[why],
  copied: () => ({
    zh: '没有发到微信：这是你在同一个聊天里的消息的副本，和原来那条分不清。要再发一次，请重新写。',
    en: 'Was not sent to WeChat: it is a copy of a message of yours in the same chat, and cannot be told from it. To send it once more, write it anew.',
  }),
  reactionsOff: () => ({
    zh: '表情回应不会发到微信：微信里没有这个功能。想让它们以一行文字发出去，输入 !wx reactions on。今天这里不再提示。',
    en: 'Reactions do not reach WeChat, which has none. To have them said there as a line of text, say !wx reactions on. You are not told again here today.',
  }),
  reactions: ({ policy, now }) => {
    const done = now ? { zh: '好了：', en: 'Done: ' } : { zh: '', en: '' }
    return policy === 'line'
      ? {
          zh: `${done.zh}表情回应会以一行文字发到微信（[👍] “……”）。输入 !wx reactions off 关闭。`,
          en: `${done.en}a reaction goes to WeChat as a line of text ([👍] “…”). !wx reactions off ends it.`,
        }
      : {
          zh: `${done.zh}表情回应不会发到微信。输入 !wx reactions on 让它们以一行文字发出去。`,
          en: `${done.en}reactions do not go to WeChat. !wx reactions on has them said there as a line of text.`,
        }
  },
}

const notEdited: Readonly<Record<NotEdited, Both>> = {
  off: {
    zh: '微信里没有改：修改不会发到微信（edits: off）。',
    en: 'Was not changed in WeChat: changes are not sent there (edits: off).',
  },
  recalled: {
    zh: '微信里没有改：这条消息已经撤回。要发新的内容，请重新写一条。',
    en: 'Was not changed in WeChat: the message was recalled. To send the new words, write them again.',
  },
  restored: {
    zh: '微信里没有改：这次修改早于备份的恢复，那时可能已经改过。需要的话请再改一次。',
    en: 'Was not changed in WeChat: the change is from before the restored backup and may have been made then. Change it once more if you want it.',
  },
  unknown: {
    zh: '微信里没有改：这座桥已不再保留这条消息。',
    en: 'Was not changed in WeChat: the bridge does not keep that message.',
  },
  notMine: {
    zh: '微信里没有改：只能修改自己写的消息。',
    en: 'Was not changed in WeChat: you can change your own messages only.',
  },
  undone: {
    zh: '微信里没有改回去：撤销一次修改不会影响微信。想改回去，请再修改一次；想撤回，请删除原来那条消息。',
    en: 'Was not changed back in WeChat: undoing a change does nothing there. Change the message once more, or delete the message itself to take it back.',
  },
  otherChat: {
    zh: '微信里没有改：这条消息属于另一个聊天。',
    en: 'Was not changed in WeChat: that message belongs to another chat.',
  },
}
