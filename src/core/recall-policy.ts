import type { Both } from './words.ts'

/**
 * What a room sees of a recall: a notice with the original, the mirrored message taken back, both, or nothing. Where a
 * hub cannot take back, `redact` is a notice.
 */
export type RecallPolicy = (typeof recallPolicies)[number]
export const recallPolicies = ['notice', 'redact', 'both', 'off'] as const

/** What a recall does in a chat's room. `chosen` there; `now`: just now. */
export interface RecallPolicyNotice {
  readonly type: 'recallPolicy'
  readonly policy: RecallPolicy
  readonly chosen: boolean
  readonly now?: true
}

export function recallPolicyWords({ policy, chosen, now }: RecallPolicyNotice): Both {
  const what = effects[policy]
  const said = {
    zh: `${now ? '从现在起，' : ''}这个聊天里有消息被撤回时：${what.zh}${chosen ? '' : '（默认）'}。`,
    en: `${now ? 'From now on, when' : 'When'} a message is recalled in this chat: ${what.en}${chosen ? '' : ' (the default)'}.`,
  }
  if (now) return said
  return {
    zh: [
      said.zh,
      ...recallPolicies.map((each) => `!wx recall ${each}  ${effects[each].zh}`),
      back.zh,
    ].join('\n'),
    en: [
      said.en,
      ...recallPolicies.map((each) => `!wx recall ${each}  ${effects[each].en}`),
      back.en,
    ].join('\n'),
  }
}

const effects: Readonly<Record<RecallPolicy, Both>> = {
  notice: { zh: '发一条带原文的通知', en: 'a notice tells it, with the original' },
  redact: {
    zh: '房间里对应的消息也撤回，不发通知',
    en: 'the message is taken back in the room too, without a notice',
  },
  both: {
    zh: '房间里对应的消息也撤回，并发一条带原文的通知',
    en: 'the message is taken back in the room too, and a notice tells it, with the original',
  },
  off: { zh: '房间里什么都不变', en: 'nothing changes in the room' },
}

const back: Both = {
  zh: '!wx recall default  恢复默认',
  en: '!wx recall default  as in other chats',
}
