import { management } from '../core/chat.ts'
import type { HubId, Lane } from '../core/ids.ts'
import { hubLane, mintPortalId, weChatLane } from '../core/ids.ts'
import type { HubSink } from '../ports/hub.ts'
import type { Provisioning } from '../ports/provisioning.ts'
import type { Login, WeChatConnector } from '../ports/wechat.ts'
import { createWeChatPace } from './allowance.ts'
import { createClientIds } from './client-ids.ts'
import { createCommands } from './commands.ts'
import { runDigests } from './digests.ts'
import { createDoubts } from './doubts.ts'
import { createEchoes } from './echoes.ts'
import { hubRoute } from './hub-route.ts'
import { createInbound } from './inbound.ts'
import { createJanitor } from './janitor.ts'
import { createLanguage } from './language.ts'
import { holdLane } from './leases.ts'
import { createLoggingOut } from './logging-out.ts'
import { createLoginWatch } from './login-watch.ts'
import { createLogins } from './logins.ts'
import { lookedAfter } from './looks.ts'
import { createMedia } from './media.ts'
import { createMergedRooms } from './merged-rooms.ts'
import { say } from './notices.ts'
import type { Inside } from './outbound.ts'
import { createOutbound } from './outbound.ts'
import { createOutcomes } from './outcomes.ts'
import type { Parts, Seat } from './parts.ts'
import { createProvisioning } from './provisioning.ts'
import type { Pump } from './pump.ts'
import { createPump } from './pump.ts'
import type { QueueView } from './queue-view.ts'
import { createQueues } from './queues.ts'
import { createReactionChoice } from './reactions.ts'
import { createReads } from './reads.ts'
import { createRooms, type Rooms } from './rooms.ts'
import { createRosters } from './rosters.ts'
import { createSpace } from './space.ts'
import { createSpelling } from './spelling.ts'
import type { ShutHub } from './standings.ts'
import { createHubStandings, shutHubs } from './standings.ts'
import { createTakeBack } from './taking-back.ts'
import type { View } from './views.ts'
import { createView } from './views.ts'
import { createWaits } from './waits.ts'
import { weChatRoute } from './wechat-route.ts'

export interface Bridge {
  /** Runs until the signal aborts. Rejects on what makes running pointless (a `config` error). */
  run(signal: AbortSignal): Promise<void>
  /** Where the login stands now. */
  login(): Login
  /** The line towards WeChat of the account that is online. */
  line(): QueueView | undefined
  /** The hubs that take nothing now, or not in all rooms, and why. */
  hubs(): Promise<readonly ShutHub[]>
  /** What a program may do with this bridge on one of its hubs. Undefined: it has no such hub. */
  provisioning(hub: HubId): Provisioning | undefined
}

/** Joins one connector and the hubs. `owner` names this process in its leases. */
export function createBridge(parts: Parts, connector: WeChatConnector, owner: string): Bridge {
  const pumps = new Map<Lane, Pump>()
  const views = new Map<HubId, View>()
  const queues = createQueues(parts.log)
  let login: Login = { state: 'offline', reason: 'starting', relogin: false }
  const watch = createLoginWatch(login)
  let roomsOf: ReadonlyMap<HubId, Rooms> | undefined
  const over = new AbortController()
  const leaving = createLoggingOut(
    parts,
    connector,
    () => login,
    (hub) => roomsOf?.get(hub),
    over.signal,
  )

  const hubs = createHubStandings(
    parts,
    (hub, open) => {
      pumps.get(hubLane(hub))?.gate(open)
      views.get(hub)?.gate(open)
    },
    (hub) => {
      const now = parts.clock.now()
      parts.store
        .unit((unit) => unit.hasten(hubLane(hub), now, now))
        .catch((error: unknown) => parts.log.warn({ hub, error: String(error) }, 'not hastened'))
    },
  )
  const line = () => (login.state === 'online' ? queues.of(weChatLane(login.account)) : undefined)
  return { run, login: () => login, line, hubs: () => shutHubs(parts, hubs.now()), provisioning }

  async function run(outer: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const signal = AbortSignal.any([outer, failed.signal])
    const space = createSpace(parts)
    const media = createMedia(parts, space, downloadFrom, signal)
    const merged = createMergedRooms(parts)
    const settled = (lane: Lane) => {
      pumps.get(lane)?.wake()
      merged.look()
    }
    const doubts = createDoubts(parts, connector, settled, signal)
    const outcomes = createOutcomes(parts, signal)
    const reads = createReads(parts, connector, () => login.state === 'online', signal)
    const waits = createWaits(parts, queues, doubts, () => login)
    queues.onPause(waits.paused)
    const rosters = createRosters(parts, connector, media.open)
    const rooms = new Map(
      parts.seats.map(({ adapter }) => [
        adapter.id,
        createRooms(parts, adapter, media.open, (portal) => rosters.used(adapter.id, portal)),
      ]),
    )
    roomsOf = rooms
    const mintClientId = createClientIds(parts.clock, parts.random)
    const takeBack = createTakeBack(parts, connector.features, mintClientId)
    const language = createLanguage(parts)
    const reactions = createReactionChoice(parts)
    const inside: Inside = {
      features: connector.features,
      commands: createCommands({
        parts,
        connector,
        login: () => login,
        logout: leaving.logout,
        doubts,
        queues,
        hubs,
        rooms: (hub) => rooms.get(hub)!,
        takeBack,
        language,
        reactions,
        wanted: media.wake,
        stopping: signal,
      }),
      doubts,
      reads,
      waits,
      outcomes,
      reactions,
      rooms: (hub) => rooms.get(hub)!,
      mintClientId,
      wanted: media.wake,
    }
    const running: Promise<void>[] = []
    const keep = (work: Promise<void>) => {
      running.push(
        work.catch((error: unknown) => {
          if (!failed.signal.aborted) failed.abort(error)
        }),
      )
    }
    const unwatch = parts.store.onWork((lane) => pumps.get(lane)?.wake())

    await language.recall()
    await reactions.recall()
    const portals = await introduce()
    for (const seat of parts.seats) {
      const { adapter } = seat
      const itsRooms = rooms.get(adapter.id)!
      const portal = portals.get(adapter.id)
      const pump = createPump(parts, hubRoute(parts, adapter, itsRooms, media.open))
      pumps.set(hubLane(adapter.id), pump)
      const echoed = createEchoes(parts, adapter.id)
      const outbound = createOutbound(parts, seat, inside)
      const spell = createSpelling(parts, seat, { members: rosters.of, login: () => login })
      const sink: HubSink = {
        ...outbound,
        async event(event, raw) {
          const meant = await echoed(event)
          if (meant) await outbound.event(await spell(meant), raw)
        },
        standing: (standing) => hubs.tell(adapter.id, standing),
      }
      const view = portal && createView(parts, adapter, itsRooms, portal, login)
      if (view) views.set(adapter.id, view)
      if (adapter.tellsStanding) {
        pump.gate(false)
        view?.gate(false)
      }
      keep(
        holdLane(parts, hubLane(adapter.id), owner, signal, async (lease, held) => {
          const stop = new AbortController()
          const both = AbortSignal.any([held, stop.signal])
          // Whichever ends first ends the others: a hub that stopped receiving must not go on sending.
          const works = [
            adapter.run(sink, both),
            pump.run(lease, both),
            view?.run(both),
            rosters.run(adapter, both),
          ]
          await allOrNone(works, stop)
        }),
      )
    }

    const inbound = createInbound(parts, media.wake, reads)
    const ofWeChat = {
      ...inbound,
      ...doubts.sink,
      chats: lookedAfter(parts, inbound.chats, (hub) => rooms.get(hub)!, signal),
      async echo(...[key, receipt]: Parameters<typeof inbound.echo>) {
        await inbound.echo(key, receipt)
        outcomes.seen(key)
      },
      async merge(...[from, into]: Parameters<typeof doubts.sink.merge>) {
        await doubts.sink.merge(from, into)
        merged.look()
      },
    }
    const logins = createLogins(
      parts,
      (next) => {
        login = next
        watch.tell(next)
        for (const view of views.values()) view.show(next)
        for (const [lane, pump] of pumps) if (isWeChat(lane)) pump.gate(false)
        leaving.told(next)
        if (next.state !== 'online') return
        online(weChatLane(next.account))
      },
      media.wake,
    )
    function online(lane: Lane): void {
      const known = pumps.get(lane)
      known?.gate(true)
      if (known) return
      const pace = createWeChatPace(parts, lane, queues.paused)
      const route = weChatRoute(parts, connector, media.open, outcomes.settled)
      const pump = createPump(parts, route, { held: doubts.held, pace })
      pumps.set(lane, pump)
      queues.add(lane, { ...pace.view, closed: pump.closed })
      keep(holdLane(parts, lane, owner, signal, (lease, held) => pump.run(lease, held)))
    }
    keep(media.run(signal))
    keep(waits.run(signal))
    keep(runDigests(parts, signal))
    keep(merged.run(signal))
    keep(createJanitor(parts, space).run(signal))
    keep(connector.run({ ...ofWeChat, members: rosters.changed, ...logins }, signal))

    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    await Promise.all(running)
    unwatch()
    over.abort()
    if (failed.signal.aborted) throw failed.signal.reason
  }

  /** The management room exists from the first start on, and says what it is. */
  function introduce(): Promise<Map<HubId, ReturnType<typeof mintPortalId>>> {
    return parts.store.unit(async (unit) => {
      await unit.saveChats([management])
      const portals = new Map<HubId, ReturnType<typeof mintPortalId>>()
      for (const { adapter } of parts.seats) {
        const fresh = () => mintPortalId(parts.random)
        portals.set(adapter.id, (await unit.portalOf(management.id, adapter.id, fresh)).id)
      }
      await say(parts, unit, management, { type: 'welcome' }, 'welcome')
      return portals
    })
  }

  function provisioning(hub: HubId): Provisioning | undefined {
    const seat = parts.seats.find(({ adapter }) => adapter.id === hub)
    const { logout } = leaving
    const rooms = () => roomsOf?.get(hub)
    return seat && createProvisioning({ parts, connector, seat, logins: watch, logout, rooms })
  }

  function downloadFrom(source: string) {
    if (isWeChat(source)) return connector.download.bind(connector)
    const seat: Seat | undefined = parts.seats.find(({ adapter }) => adapter.id === source)
    return seat?.adapter.download.bind(seat.adapter)
  }
}

const isWeChat = (lane: string): boolean => lane.startsWith('wechat/')

/** The first that ends, well or badly, stops the others; all are waited for, since the lane may begin anew after. */
async function allOrNone(
  works: readonly (Promise<void> | undefined)[],
  stop: AbortController,
): Promise<void> {
  const ends = await Promise.allSettled(
    works.map(async (work) => {
      try {
        await work
      } finally {
        stop.abort(new Error('another part of the lane ended'))
      }
    }),
  )
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}
