import type { Language } from '../../src/core/words.ts'
import type { ShutBy } from './places-groups.ts'

/** What the adapter says itself about places. Names in it are hostile text: it is sent without markup. */
export interface PlaceWords {
  /** Left in the old place of a chat. `where`: one of those below. */
  movedTo(chat: string, where: string, url: string | undefined): string
  /** Said in a group that was picked for a chat. */
  linkedHere(chat: string): string
  /** Said to the owner, once, when a group that shows chats takes nothing any more. */
  groupShut(group: string, by: ShutBy): string
  /** The word of an invitation is not known (any more). */
  readonly overWord: string
  inGroup(name: string): string
  readonly inTopic: string
  inForum(name: string): string
  readonly inFlat: string
  readonly nameless: string
  /** Why a chat cannot go somewhere. */
  readonly refuse: {
    occupied(other: string): string
    readonly management: string
    readonly notGroup: string
    readonly away: string
    mute(group: string): string
    readonly noTopics: string
    readonly noHome: string
    notForum(group: string): string
    topicRight(group: string): string
    topicFailed(said: string): string
    readonly noOwner: string
  }
}

const english: PlaceWords = {
  movedTo: (chat, where, url) => `“${chat}” goes on ${where}.${url ? `\n${url}` : ''}`,
  linkedHere: (chat) => `This group now shows the WeChat chat “${chat}”.`,
  groupShut: (group, by) => {
    const why = {
      out: 'the bot is not in it',
      mute: 'the bot may not write in it',
      topics: 'the bot may not make topics in it',
      noForum: 'its topics are switched off',
      left: 'you are not in it',
    }[by]
    return `WeChat chats cannot be shown in “${group}” any more: ${why}. What would go there waits until that has changed, or until you move the chat: pick it with /chats. If all chats have their topics there, /unlink all ends that.`
  },
  overWord: 'This invitation is used up or too old. Ask the bridge for a new one.',
  inGroup: (name) => `in the group “${name}”`,
  inTopic: 'in a topic of its own in the chat with this bot',
  inForum: (name) => `in a topic of the group “${name}”`,
  inFlat: 'in the chat with this bot, among the others',
  nameless: 'a group',
  refuse: {
    occupied: (other) =>
      `This place shows “${other}” already. Unlink that one first, or pick another place.`,
    management:
      'This is where you talk to the bridge itself. Use a group, or a topic, for the chat.',
    notGroup: 'A chat can only be linked to a group, or to a topic.',
    away: 'The bot is not in that group. Add it there, then try again.',
    mute: (group) =>
      `The bot may not write in “${group}”. Give it the right to send messages there, then try again.`,
    noTopics:
      'Topics in the chat with this bot are off. Switch on “Threaded Mode” for it in @BotFather, then try again.',
    noHome: 'No group has been chosen for topics yet. Say /link all in a group that has topics.',
    notForum: (group) =>
      `“${group}” has no topics. Switch on “Topics” in the settings of the group, then try again.`,
    topicRight: (group) =>
      `The bot may not make topics in “${group}”. Make it an administrator with the right “Manage topics”, then try again.`,
    topicFailed: (said) =>
      `Telegram did not make the topic (${said}). Try again later; the chat stays where it is.`,
    noOwner: 'Nobody owns this bridge yet.',
  },
}

const chinese: PlaceWords = {
  movedTo: (chat, where, url) => `「${chat}」已移到${where}。${url ? `\n${url}` : ''}`,
  linkedHere: (chat) => `本群现在显示微信聊天「${chat}」。`,
  groupShut: (group, by) => {
    const why = {
      out: '机器人不在群里',
      mute: '机器人不能在群里发言',
      topics: '机器人不能在群里创建话题',
      noForum: '群的话题功能已关闭',
      left: '你不在群里',
    }[by]
    return `微信聊天不能再显示在「${group}」中：${why}。要给那里的消息先留着，等情况改变，或者用 /chats 选中聊天换个地方。如果所有聊天的话题都在那个群里，可用 /unlink all 不再使用它。`
  },
  overWord: '这个邀请已被使用或已过期，请重新获取。',
  inGroup: (name) => `群「${name}」`,
  inTopic: '与本机器人的私聊中单独的话题',
  inForum: (name) => `群「${name}」的话题`,
  inFlat: '与本机器人的私聊中，与其他聊天在一起',
  nameless: '某个群',
  refuse: {
    occupied: (other) => `这里已经显示「${other}」。请先解除那个聊天的关联，或另选一处。`,
    management: '这里是与桥本身对话的地方。请在群或话题中关联聊天。',
    notGroup: '聊天只能关联到群或话题。',
    away: '机器人不在那个群里。请先把它加进群，再试一次。',
    mute: (group) => `机器人不能在「${group}」中发言。请给它发送消息的权限，再试一次。`,
    noTopics: '与本机器人的私聊没有开启话题。请在 @BotFather 中为它开启“Threaded Mode”，再试一次。',
    noHome: '还没有选定放置话题的群。请在一个开启了话题的群里发送 /link all。',
    notForum: (group) => `「${group}」没有开启话题。请在群设置中开启“话题”，再试一次。`,
    topicRight: (group) =>
      `机器人不能在「${group}」中创建话题。请把它设为管理员并给予“管理话题”权限，再试一次。`,
    topicFailed: (said) => `Telegram 没有创建话题（${said}）。请稍后再试；聊天留在原处。`,
    noOwner: '这个桥还没有主人。',
  },
}

export const placeWords = (language: Language): PlaceWords =>
  language === 'zh' ? chinese : english
