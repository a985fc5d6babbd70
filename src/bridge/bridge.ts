import { management } from '../core/chat.ts'
import type { HubId, Lane } from '../core/ids.ts'
import { hubLane, mintPortalId, weChatLane } from '../core/ids.ts'
import type { Login, WeChatConnector } from '../ports/wechat.ts'
import { createWeChatPace } from './allowance.ts'
import { createClientIds } from './client-ids.ts'
import { createCommands } from './commands.ts'
import { createDoubts } from './doubts.ts'
import { hubRoute } from './hub-route.ts'
import { createInbound } from './inbound.ts'
import { createJanitor } from './janitor.ts'
import { holdLane } from './leases.ts'
import { createLogins } from './logins.ts'
import { createMedia } from './media.ts'
import { say } from './notices.ts'
import type { Inside } from './outbound.ts'
import { createOutbound } from './outbound.ts'
import type { Parts, Seat } from './parts.ts'
import type { Pump } from './pump.ts'
import { createPump } from './pump.ts'
import type { QueueView } from './queue-view.ts'
import { createQueues } from './queues.ts'
import { createReads } from './reads.ts'
import { createRooms } from './rooms.ts'
import { createSpace } from './space.ts'
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
}

/** Joins one connector and the hubs. `owner` names this process in its leases. */
export function createBridge(parts: Parts, connector: WeChatConnector, owner: string): Bridge {
  const pumps = new Map<Lane, Pump>()
  const views: View[] = []
  const queues = createQueues(parts.log)
  let login: Login = { state: 'offline', reason: 'starting', relogin: false }

  const line = () => (login.state === 'online' ? queues.of(weChatLane(login.account)) : undefined)
  return { run, login: () => login, line }

  async function run(outer: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const signal = AbortSignal.any([outer, failed.signal])
    const space = createSpace(parts)
    const media = createMedia(parts, space, downloadFrom, signal)
    const doubts = createDoubts(parts, connector, (lane) => pumps.get(lane)?.wake(), signal)
    const reads = createReads(parts, connector, () => login.state === 'online', signal)
    const waits = createWaits(parts, queues, doubts, () => login)
    queues.onPause(waits.paused)
    const inside: Inside = {
      features: connector.features,
      commands: createCommands({
        parts,
        connector,
        login: () => login,
        doubts,
        queues,
        wanted: media.wake,
        stopping: signal,
      }),
      doubts,
      reads,
      waits,
      mintClientId: createClientIds(parts.clock, parts.random),
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

    const portals = await introduce()
    for (const seat of parts.seats) {
      const { adapter } = seat
      const rooms = createRooms(parts, adapter, media.open)
      const portal = portals.get(adapter.id)
      const pump = createPump(parts, hubRoute(parts, adapter, rooms, media.open))
      pumps.set(hubLane(adapter.id), pump)
      const sink = createOutbound(parts, seat, inside)
      const view = portal && createView(parts, adapter, rooms, portal, login)
      if (view) views.push(view)
      keep(
        holdLane(parts, hubLane(adapter.id), owner, signal, async (lease, held) => {
          const stop = new AbortController()
          const both = AbortSignal.any([held, stop.signal])
          // Whichever ends first ends the others: a hub that stopped receiving must not go on sending.
          const works = [adapter.run(sink, both), pump.run(lease, both), view?.run(both)]
          await allOrNone(works, stop)
        }),
      )
    }

    const inbound = createInbound(parts, media.wake, reads)
    const logins = createLogins(
      parts,
      (next) => {
        login = next
        for (const view of views) view.show(next)
        for (const [lane, pump] of pumps) if (isWeChat(lane)) pump.gate(false)
        if (next.state === 'online') online(weChatLane(next.account))
      },
      media.wake,
    )
    function online(lane: Lane): void {
      const known = pumps.get(lane)
      known?.gate(true)
      if (known) return
      const pace = createWeChatPace(parts, lane, queues.paused)
      const route = weChatRoute(parts, connector, media.open)
      const pump = createPump(parts, route, { held: doubts.held, pace })
      pumps.set(lane, pump)
      queues.add(lane, { ...pace.view, closed: pump.closed })
      keep(holdLane(parts, lane, owner, signal, (lease, held) => pump.run(lease, held)))
    }
    keep(media.run(signal))
    keep(waits.run(signal))
    keep(createJanitor(parts, space).run(signal))
    keep(connector.run({ ...inbound, ...logins, ...doubts.sink }, signal))

    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    await Promise.all(running)
    unwatch()
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
