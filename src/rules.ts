import type { Config } from '../config/schema.ts'
import type { Parts } from './bridge/parts.ts'

type Rules = Pick<
  Parts,
  'pace' | 'repeats' | 'recall' | 'retention' | 'edits' | 'digestAt' | 'reactions' | 'marksRead'
>

const day = 86_400_000

/** What the configuration says about pace, recalls and keeping, in the bridge's own terms. */
export function rulesOf(config: Config): Rules {
  const { pace } = config.wechat
  const { newcomer, repeats, ...paced } = pace
  const { messageDays, mediaHours, mediaBytes, keepUnder } = config.retention
  const shown = config.web.enabled
  const messagesMs = messageDays === 'auto' ? (shown ? undefined : 7 * day) : messageDays * day
  const mediaMs = mediaHours === 'auto' ? (shown ? undefined : day) : mediaHours * 3_600_000
  return {
    // Nobody gets banned from a sandbox.
    pace:
      config.wechat.connector === 'sandbox'
        ? unpaced
        : { ...paced, newcomer: { forMs: newcomer.days * day, share: newcomer.share } },
    repeats: { chats: repeats.chats, perMs: repeats.minutes * 60_000 },
    recall: config.recall.policy,
    edits: config.edits.policy,
    digestAt: config.mps.digestAt,
    reactions: config.reactions.policy,
    marksRead: config.reads.mark,
    retention: {
      ...(messagesMs !== undefined && { messagesMs }),
      ...(mediaMs !== undefined && { mediaMs }),
      mediaBytes,
      keepUnder,
    },
  }
}

const none = { ms: 0, jitterMs: 0 }

const unpaced: Rules['pace'] = {
  sameChat: none,
  otherChat: none,
  media: none,
  perMinute: 600,
  perHour: 36_000,
  perDay: 864_000,
  newcomer: { forMs: 0, share: 1 },
}
