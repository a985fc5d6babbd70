import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Language } from '../../src/core/words.ts'
import type { ShownLogin } from '../../src/ports/doors.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import { Access } from './access.ts'
import { gone, misconfigured, toBridgeError } from './failures.ts'
import { features, rate } from './features.ts'
import { isLoopback } from './guard.ts'
import { hubLines } from './hub-lines.ts'
import { Live } from './live.ts'
import { loginView } from './login-view.ts'
import { mediaRoute } from './media-route.ts'
import type { WebOptions, WebPorts } from './options.ts'
import { readingRoutes, view } from './reading.ts'
import { Rooms } from './rooms.ts'
import { createPageServer } from './server.ts'
import { loadSite } from './site.ts'
import { Uploads } from './uploads.ts'
import { eventOf } from './view.ts'
import { waysRoutes } from './ways.ts'
import { writingRoutes } from './writing.ts'

export interface WebHub extends HubAdapter {
  /** The address to open, with this start's one-time token. Rejects when `run` does. */
  readonly address: Promise<string>
  /** Ends the page. Until then it can be read while nothing runs: whoever has trouble wants to see what it is. */
  close(): Promise<void>
}

/** The page while it is up. */
interface Serving {
  readonly server: Server
  readonly url: string
  unwatch(): void
}

/**
 * The bridge's own local page, as a hub. What it shows it reads from the archive, so a post is delivered by telling
 * the open pages to look; what the person writes goes into the sink like any hub's events.
 */
export function createWebHub(options: WebOptions, ports: WebPorts): WebHub {
  const { id } = options
  const { archive, clock, log, vault } = ports
  const rooms = new Rooms(vault)
  const uploads = new Uploads(options.uploads, options.maxUploadBytes)
  const address = Promise.withResolvers<string>()
  address.promise.catch(() => {})
  let sink: HubSink | undefined
  let login: ShownLogin | undefined
  /** Has a code been shown in the login under way? */
  let showedCode = false
  let loaded: Promise<void> | undefined
  let serving: Promise<Serving> | undefined
  const load = () => {
    loaded ??= rooms.load().catch((error) => {
      loaded = undefined
      throw toBridgeError(error, 'Reading which room is which chat')
    })
    return loaded
  }

  const hubs = async () => (await ports.hubs?.().catch(() => [])) ?? []
  let shut = '[]'
  /** Nobody tells when a hub is shut: it is looked at now and then. */
  const look = async () => {
    const now = JSON.stringify([await hubs(), ports.doors?.()])
    if (now !== shut) live.stateChanged()
    shut = now
  }
  const state = async (language: Language) => {
    const down = { ok: false, ready: false, detail: {} }
    return {
      hub: id,
      language,
      sandbox: options.sandbox,
      maxUploadBytes: options.maxUploadBytes,
      login: await loginView(login, language, !showedCode),
      depth: await archive.depth(),
      flow: (await ports.flow?.()) ?? {},
      health: await ports.health().catch(() => down),
      doors: ports.doors?.() ?? [],
      hubs: (await hubs()).flatMap((hub) => hubLines(hub, language)),
    }
  }
  const live = new Live(
    {
      state,
      message: async (message, language) => {
        const archived = await archive.message(message)
        return archived && view({ hub: id, rooms }, archived, language)
      },
    },
    log,
  )

  const receiptOf = (post: RoomPost): Receipt => ({
    ids: [post.part ? post.key : eventOf(post.message, id, post.portal)],
    at: clock.now(),
  })

  return {
    id,
    features,
    rate,
    address: address.promise,
    bucket: (post) => post.room,

    async run(into, signal) {
      serving ??= load().then(() => start())
      const { url } = await serving.catch((error) => {
        serving = undefined
        const failed = toBridgeError(error, 'Starting the local page')
        address.reject(failed)
        throw failed
      })
      sink = into
      address.resolve(url)
      while (!signal.aborted) {
        live.beat()
        await look()
        await clock.sleep(20_000, signal).catch(() => {})
      }
      sink = undefined
    },

    async close() {
      const started = await serving?.catch(() => undefined)
      serving = undefined
      live.close()
      if (!started) return
      started.unwatch()
      await stop(started.server)
    },

    async ensureRoom(portal, chat) {
      await load()
      try {
        if (await rooms.bind(portal, chat.id)) live.changed({ type: 'chats' })
      } catch (error) {
        throw toBridgeError(error, 'Remembering the room of a chat')
      }
      return rooms.idOf(portal)
    },

    async send(post) {
      const { chat } = (await archive.message(post.message))?.message ?? {}
      if (chat) live.changed({ type: 'message', chat, message: post.message })
      return receiptOf(post)
    },

    async find(post) {
      return (await archive.message(post.message)) ? receiptOf(post) : 'absent'
    },

    async showLogin(now) {
      login = now
      if (now.state !== 'scanned') showedCode = now.state === 'scan'
      live.stateChanged()
    },

    async download(media) {
      try {
        return await uploads.open(media.token)
      } catch (error) {
        throw gone(error, 'The file sent from the local page is not kept any more')
      }
    },
  }

  async function start(): Promise<Serving> {
    const access = await Access.open(vault, clock)
    await uploads.prepare(clock.now()).catch((error) => {
      throw misconfigured(error, `The folder ${options.uploads} cannot be used for uploads`)
    })
    if (!isLoopback(options.host)) {
      log.warn(
        {},
        'The local page is open to other machines, without encryption; its door is the token.',
      )
    }
    const rejected = (error: unknown) =>
      log.warn({ err: error }, 'The store did not take what the person wrote; the page asks again.')
    const server = createPageServer({
      host: options.host,
      names: options.names ?? [],
      publicUrl: options.publicUrl,
      access,
      site: await loadSite(),
      clock,
      log,
      routes: [
        readingRoutes({ hub: id, archive, rooms, live, state, languageOf }),
        waysRoutes(ports.ways ?? [], languageOf),
        writingRoutes({ hub: id, rooms, uploads, clock, sink: () => sink, rejected }),
      ],
      media: mediaRoute(id, archive, uploads),
      health: ports.health,
      onLock: () => live.cut(),
    })
    const { host } = options
    const port = await listen(server, options.port, host).catch((error) => {
      throw misconfigured(error, `The local page cannot listen on ${host}, port ${options.port}`)
    })
    const origin = options.publicUrl ?? `http://${printable(host)}:${port}`
    const unwatch = archive.watch((change) => live.changed(change))
    return { server, unwatch, url: `${origin}/${access.prefix}/login?token=${access.token}` }
  }

  /** Longest for a request in flight to end by itself. */
  async function stop(server: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    const grace = new AbortController()
    await Promise.race([closed, clock.sleep(1000, grace.signal).catch(() => {})])
    grace.abort()
    server.closeAllConnections()
    await closed
  }

  function languageOf(asked: string | undefined, accepted: string | undefined): Language {
    if (asked === 'zh' || asked === 'en') return asked
    if (options.language !== 'auto') return options.language
    return /^\s*zh\b/i.test(accepted ?? '') ? 'zh' : 'en'
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function printable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
