import { backoff } from '../../src/core/backoff.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { WeChatSink } from '../../src/ports/wechat.ts'
import { mediaKindOf } from './content.ts'
import { isUntold, Trouble } from './fault.ts'
import type { Entry, Inbox } from './inbox.ts'
import { type Ready, readEvent } from './incoming.ts'
import type { Live } from './live.ts'
import { kinds, type Said } from './payloads.ts'
import { likeText } from './sent.ts'

/** So often a message is asked for that the gateway does not give. */
const tries = 4

export interface PumpParts extends ConnectorPorts {
  readonly inbox: Inbox
  readonly sink: WeChatSink
  readonly entities: boolean
  /** The login there is, as soon as it is told; rejects when the signal aborts. */
  readonly live: (signal: AbortSignal) => Promise<Live>
  readonly isLive: () => boolean
}

/** Keeps what the puppet tells, in order, each offered until it is kept. Ends by the signal. */
export async function pump(parts: PumpParts, signal: AbortSignal): Promise<never> {
  for (;;) {
    const entry = await parts.inbox.first(signal)
    const ready = entry.ready ?? (await read(entry, parts, signal))
    if (ready) {
      entry.ready = ready
      await keep(entry, ready, parts, signal)
    }
    await parts.inbox.done().catch(() => undefined)
  }
}

/** Undefined: there is nothing to tell, or nobody knows what it was. */
async function read(
  entry: Entry,
  parts: PumpParts,
  signal: AbortSignal,
): Promise<Ready | undefined> {
  const { clock, random, log, inbox, entities } = parts
  for (let attempt = 1; ; ) {
    // This may take days, and what waits is nowhere else.
    if (!parts.isLive()) await inbox.stuck().catch(() => undefined)
    const live = await parts.live(signal)
    if (entry.self !== undefined && entry.self !== live.book.self) {
      log.warn({ event: entry.name }, 'An event of an account that is no longer logged in is lost')
      return undefined
    }
    try {
      const { host, book, requests } = live
      const now = () => clock.now()
      const ready = await readEvent(entry.name, entry.payload, {
        host,
        book,
        requests,
        now,
        entities,
      })
      return ready && (await news(ready, live, parts)) ? ready : undefined
    } catch (thrown) {
      signal.throwIfAborted()
      const isHopeless = isUntold(thrown) || isBug(thrown)
      const error = thrown instanceof Trouble ? thrown.fault.kind : 'bug'
      if (isHopeless && attempt >= tries) {
        const event = entry.name
        log.warn({ error, event }, 'The gateway does not give an event it told of; it is lost')
        return undefined
      }
      if (isHopeless) attempt += 1
      log.debug({ error, event: entry.name }, 'An event could not be read yet')
      await inbox.stuck().catch(() => undefined)
      await clock.sleep(isHopeless ? 200 * attempt : backoff(3, random()), signal)
    }
  }
}

/** Code that meets what nobody foresaw does so every time; a disk that is full is not full for ever. */
function isBug(thrown: unknown): boolean {
  return [TypeError, RangeError, SyntaxError, ReferenceError].some((each) => thrown instanceof each)
}

/** Not what we sent or took back ourselves. */
async function news({ message, said }: Ready, live: Live, { sink }: PumpParts): Promise<boolean> {
  if (!message || !said || message.sender.type !== 'myself') return true
  const { content } = message
  if (content.kind === 'recall') return !live.sent.isRecalled(content.target.aliases)
  const own = { id: said.id, chat: message.chat, like: likeOf(said), at: message.at }
  const echo = await live.sent.claim(own)
  if (echo?.unclear) await sink.echo(echo.key, { ids: [said.id], at: message.at })
  return echo === undefined
}

/** What a message of one's own is compared by. A picture may come back as any kind of media. */
export function likeOf(said: Said): string {
  if (said.type === kinds.text) return likeText(said.text)
  return mediaKindOf(said.type) === undefined ? `type ${said.type}` : 'media'
}

async function keep(
  entry: Entry,
  ready: Ready,
  parts: PumpParts,
  signal: AbortSignal,
): Promise<void> {
  const { sink, clock, random, log, inbox } = parts
  for (let attempt = 1; ; attempt++) {
    try {
      if (ready.chats.length > 0) await sink.chats(ready.chats)
      if (ready.rosters.length > 0) await sink.members?.(ready.rosters)
      if (ready.message) await sink.message(ready.message, ready.raw)
      return
    } catch (thrown) {
      signal.throwIfAborted()
      const error = thrown instanceof Error ? thrown.name : 'error'
      log.warn({ error, event: entry.name, attempt }, 'An event could not be kept yet')
      await inbox.stuck().catch(() => undefined)
      await clock.sleep(Math.min(backoff(attempt, random()), 60_000), signal)
    }
  }
}
