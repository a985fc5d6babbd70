import type { AccountId, ChatId, PortalId } from '../core/ids.ts'
import { accountOf, sendLine } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { ConnectorFeatures } from '../core/post.ts'
import type { Parts } from './parts.ts'

export type Quota = NonNullable<ConnectorFeatures['quota']>

/**
 * Where WeChat takes only so many sends for each message that comes from a chat (`ConnectorFeatures.quota`): what is over
 * waits in its line, and goes when the next one comes. The bridge counts, so as not to run into refusals; where WeChat
 * counts otherwise, its word holds.
 */
export interface Quotas {
  /** Reads what was counted before. Before anything of an account is sent. */
  load(account: AccountId): Promise<void>
  /** The lines of which nothing may go out now. */
  held(): ReadonlySet<PortalId>
  /** How many sends each message is good for, where the chat takes no more now. */
  heldBy(chat: ChatId): number | undefined
  /** A send to the chat begins. Comes back with what to do if it surely did not arrive. */
  spend(chat: ChatId): () => void
  /** WeChat takes no more, whatever was counted. */
  exhausted(chat: ChatId): void
  /** Something was said in WeChat; it is durable. */
  heard(message: Pick<Message, 'account' | 'chat' | 'at' | 'sender'>): Promise<void>
}

interface Count {
  /** When its last message came: by its own time, and by the clock here. Milliseconds. */
  readonly at: number
  readonly heard: number
  readonly sent: number
  /** When WeChat last refused, whatever was counted: too much and too fast are called the same. Milliseconds. */
  readonly out?: number
}
type Counts = Readonly<Record<ChatId, Count>>

const none: ReadonlySet<PortalId> = new Set()
/** So long after a refusal it is tried again, where the count says that it may. */
const againMs = 5 * 60_000

/** `quotaOf` says what holds for an account; `wake` is told of one of which something may go out again. */
export function createQuotas(
  { vault, clock, log }: Pick<Parts, 'vault' | 'clock' | 'log'>,
  quotaOf: (account: AccountId) => Quota | undefined,
  wake: (account: AccountId) => void,
): Quotas {
  const counts = new Map<AccountId, Counts>()
  let lines: ReadonlySet<PortalId> = none
  /** One write after another, of what is known by then. */
  let writing: Promise<void> = Promise.resolve()

  return {
    load,

    held() {
      const now = [...counts.values()].flatMap((chats) =>
        (Object.keys(chats) as ChatId[]).filter(isOut).map(sendLine),
      )
      // The same set for as long as it says the same.
      if (now.length !== lines.size || now.some((line) => !lines.has(line))) {
        lines = now.length === 0 ? none : new Set(now)
      }
      return lines
    },

    heldBy: (chat) => (isOut(chat) ? quotaOf(accountOf(chat))?.sends : undefined),

    spend(chat) {
      const before = countOf(chat)
      if (!quotaOf(accountOf(chat)) || !before) return () => undefined
      put(chat, { ...before, sent: before.sent + 1 })
      return () => {
        const now = countOf(chat)
        // After a new message it counts from the beginning anyway.
        if (now && now.at === before.at && now.sent > 0) put(chat, { ...now, sent: now.sent - 1 })
      }
    },

    exhausted(chat) {
      const { at = 0, heard = 0, sent = 0 } = countOf(chat) ?? {}
      if (quotaOf(accountOf(chat))) put(chat, { at, heard, sent, out: clock.now() })
    },

    async heard({ account, chat, at, sender }) {
      if (!quotaOf(account) || sender.type === 'myself' || sender.type === 'system') return
      await load(account)
      // A time that is still to come would keep all until then from counting.
      const said = Math.min(at, clock.now())
      const known = countOf(chat)
      // What is told once more is no new message; but what it brings may be what was lacking.
      if (known && (said < known.at || (said === known.at && known.out === undefined))) return
      const wasOut = known === undefined || isOut(chat)
      put(chat, { at: said, heard: clock.now(), sent: said === known?.at ? known.sent : 0 })
      if (wasOut) wake(account)
      await writing
    },
  }

  async function load(account: AccountId): Promise<void> {
    if (!quotaOf(account) || counts.has(account)) return
    const before = await read(account)
    if (!counts.has(account)) counts.set(account, before)
  }

  function isOut(chat: ChatId): boolean {
    const quota = quotaOf(accountOf(chat))
    const now = countOf(chat)
    if (!quota || !now) return false
    if (now.sent >= quota.sends || clock.now() - now.heard > quota.withinMs) return true
    return now.out !== undefined && Math.abs(clock.now() - now.out) < againMs
  }

  function countOf(chat: ChatId): Count | undefined {
    return counts.get(accountOf(chat))?.[chat]
  }

  /** In memory at once; what a crash keeps from being written, WeChat's refusal tells. */
  function put(chat: ChatId, count: Count): void {
    const account = accountOf(chat)
    counts.set(account, { ...counts.get(account), [chat]: count })
    writing = writing
      .then(() => vault.set(entry(account), JSON.stringify(counts.get(account))))
      .catch((error: unknown) => {
        log.warn({ account, error: String(error) }, 'what was sent could not be counted')
      })
  }

  async function read(account: AccountId): Promise<Counts> {
    const text = await vault.get(entry(account))
    return text === undefined ? {} : (JSON.parse(text) as Counts)
  }
}

const entry = (account: AccountId): string => `quota/${account}`
