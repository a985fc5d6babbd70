import { systemClock } from '../../adapters/system/clock.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import type { PortalId } from '../../src/core/ids.ts'
import { contactId, roomId } from '../../src/core/ids.ts'
import type { PaceRules } from '../../src/core/pace.ts'
import type { ConnectorFeatures, HubFeatures, Job } from '../../src/core/post.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Outlet } from '../../src/ports/outlet.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { ChatSend, WeChatConnector, WeChatSink } from '../../src/ports/wechat.ts'
import { account, hub } from './people.ts'

// Both outer sides, which answer at once and remember nothing: what is left is the bridge.

/** Counts what it is given; `told` is called with the count. */
export function instantOutlet<J extends Job>(told: (count: number) => void): Outlet<J> {
  let count = 0
  return {
    rate: { concurrency: 8 },
    bucket: (job) => job.portal,
    async send(job) {
      told(++count)
      return { ids: [`receipt/${job.key}`], at: Date.now() }
    },
    find: async () => 'absent',
  }
}

export interface InstantHub extends HubAdapter {
  /** Resolves once the bridge listens. */
  readonly sink: Promise<HubSink>
}

export function instantHub(told: (count: number) => void): InstantHub {
  const listening = Promise.withResolvers<HubSink>()
  return {
    ...instantOutlet<RoomPost>(told),
    id: hub,
    features: hubFeatures,
    sink: listening.promise,
    async run(sink, signal) {
      listening.resolve(sink)
      await aborted(signal)
    },
    ensureRoom: async (portal: PortalId) => roomId(`!${portal}:example.org`),
    showLogin: async () => undefined,
    download: nothing,
  }
}

export interface InstantWeChat extends WeChatConnector {
  readonly sink: Promise<WeChatSink>
}

/** Online from the beginning. */
export function instantWeChat(told: (count: number) => void): InstantWeChat {
  const listening = Promise.withResolvers<WeChatSink>()
  return {
    ...instantOutlet<ChatSend>(told),
    features: connectorFeatures,
    sink: listening.promise,
    async run(sink, signal) {
      const me = { id: contactId(`${account}/me`), name: '阿墨' }
      await sink.login({ state: 'online', account, me })
      listening.resolve(sink)
      await aborted(signal)
    },
    login: () => false,
    logout: async () => false,
    download: nothing,
  }
}

export function partsOf(
  store: Store,
  mediaStore: MediaStore,
  vault: Vault,
  adapters: readonly HubAdapter[],
): Parts {
  return {
    store,
    mediaStore,
    vault,
    clock: systemClock,
    random: Math.random,
    log: quiet,
    trace: () => undefined,
    seats: adapters.map((adapter) => ({ adapter, users: new Set(['@owner']) })),
    voice: { language: 'en', timezone: 'UTC' },
    maxMediaBytes: 1e9,
    pace: unpaced,
    repeats: { chats: 1e6, perMs: 600_000 },
    recall: 'notice',
    retention: { mediaBytes: 1e12, keepUnder: 1e12 },
  }
}

const none = { ms: 0, jitterMs: 0 }

const unpaced: PaceRules = {
  sameChat: none,
  otherChat: none,
  media: none,
  perMinute: 1e9,
  perHour: 1e9,
  perDay: 1e9,
  newcomer: { forMs: 0, share: 1 },
}

/** A bench in which something fails measures nothing. */
const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, text) => console.error(`warn: ${text} ${JSON.stringify(fields)}`),
  error: (fields, text) => console.error(`error: ${text} ${JSON.stringify(fields)}`),
}

const hubFeatures: HubFeatures = {
  rooms: 'create',
  speakers: 'ghost',
  text: { limit: 40_000, format: 'html' },
  media: { image: { maxBytes: 1e9, mimes: [], caption: 1_000 } },
  reply: true,
  redact: true,
  location: true,
}

const connectorFeatures: ConnectorFeatures = {
  ids: 'session',
  chats: ['friend', 'group', 'mp', 'self'],
  contacts: true,
  recallEvents: true,
  text: 4_000,
  media: {},
  quote: false,
  recallMs: 120_000,
}

const nothing = () => Promise.reject(new Error('There is nothing to download here'))

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
