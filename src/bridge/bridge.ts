import type { HubId, Lane } from '../core/ids.ts'
import { hubLane, weChatLane } from '../core/ids.ts'
import type { DoorState, ShownLogin } from '../ports/doors.ts'
import type { HubSink } from '../ports/hub.ts'
import type { Provisioning } from '../ports/provisioning.ts'
import type { Login } from '../ports/wechat.ts'
import { createAlarms } from './alerts.ts'
import { allOrNone } from './all-or-none.ts'
import { createClientIds } from './client-ids.ts'
import { createCommands } from './commands.ts'
import { runDigests } from './digests.ts'
import { createDoorSinks } from './door-sinks.ts'
import type { Door, OpenDoor } from './doors.ts'
import { createDoors } from './doors.ts'
import type { DoorLine } from './doors-at-work.ts'
import { downloadAt, linesOf, runDoors } from './doors-at-work.ts'
import { createDoorDoubts } from './doubts-of-doors.ts'
import { createEchoes } from './echoes.ts'
import { freed, hastened } from './hastening.ts'
import { createHolds } from './holds.ts'
import { hubRoute } from './hub-route.ts'
import { createInbound } from './inbound.ts'
import { introduce } from './introducing.ts'
import { createJanitor } from './janitor.ts'
import type { LaneNow } from './lane-book.ts'
import { createLaneBook } from './lane-book.ts'
import type { LaneName } from './lane-names.ts'
import { laneNames, naming } from './lane-names.ts'
import { createLanguage } from './language.ts'
import { holdLane } from './leases.ts'
import { createLeavings } from './logging-out.ts'
import { lookedAfter } from './looks.ts'
import { createMedia } from './media.ts'
import { createMergedRooms } from './merged-rooms.ts'
import type { Inside } from './outbound.ts'
import { createOutbound } from './outbound.ts'
import { createOutcomes } from './outcomes.ts'
import type { Parts, Seat } from './parts.ts'
import { createProvisioning } from './provisioning.ts'
import { createPulses } from './pulses.ts'
import type { Pump } from './pump.ts'
import { createPump } from './pump.ts'
import { createQueues } from './queues.ts'
import { createQuotas } from './quotas.ts'
import { createReactionChoice } from './reactions.ts'
import { createReads } from './reads.ts'
import { createRooms, type Rooms } from './rooms.ts'
import { createRosters } from './rosters.ts'
import { createShownLogins } from './shown-login.ts'
import { createSpace } from './space.ts'
import { createSpelling } from './spelling.ts'
import type { ShutHub } from './standings.ts'
import { createHubStandings, shutHubs } from './standings.ts'
import { createTakeBack } from './taking-back.ts'
import type { View } from './views.ts'
import { createView } from './views.ts'
import { createWaits } from './waits.ts'
import { createWeChatLanes } from './wechat-lanes.ts'

export interface Bridge {
  /** Runs until the signal aborts. Rejects on what makes running pointless (a `config` error). */
  run(signal: AbortSignal): Promise<void>
  /** The login worth showing: a scan that is going on, else one that is online. */
  login(): ShownLogin
  /** Where each login stands, the first door first. */
  doors(): readonly DoorState[]
  /** The lines towards WeChat of the accounts that are online. */
  lines(): readonly DoorLine[]
  /** The hubs that take nothing now, or not in all rooms, and why. */
  hubs(): Promise<readonly ShutHub[]>
  /** All lanes of this process, those of the hubs first. */
  lanes(): readonly LaneNow[]
  readonly nameOf: LaneName
  /** What a program may do with this bridge on one of its hubs. Undefined: it has no such hub. */
  provisioning(hub: HubId): Provisioning | undefined
}

/** Joins the doors and the hubs. `owner` names this process in its leases. Throws where there is no door. */
export function createBridge(given: Parts, through: readonly Door[], owner: string): Bridge {
  const pumps = new Map<Lane, Pump>()
  const views = new Map<HubId, View>()
  const queues = createQueues(given.log)
  let lanes: ((door: OpenDoor, login: Login) => void) | undefined
  const doors = createDoors(given, through, (door, login) => {
    for (const view of views.values()) view.show(shown.now())
    lanes?.(door, login)
    leaving.of(door).told(login)
  })
  const shown = createShownLogins(doors)
  const several = doors.all.length > 1
  const nameOf = laneNames(doors)
  const parts: Parts = {
    ...given,
    ...(several && { doorOf: (account) => doors.of(account).id }),
    ...(given.meter && { meter: naming(given.meter, nameOf) }),
  }
  let roomsOf: ReadonlyMap<HubId, Rooms> | undefined
  const over = new AbortController()
  const leaving = createLeavings(parts, doors, (hub) => roomsOf?.get(hub), over.signal)

  const hubs = createHubStandings(
    parts,
    (hub, open) => {
      pumps.get(hubLane(hub))?.gate(open)
      views.get(hub)?.gate(open)
    },
    (hub) => hastened(parts, hubLane(hub), over.signal),
  )
  const pulses = createPulses(parts)
  const book = createLaneBook(parts, { standings: hubs, pumps, pulses, nameOf })
  return {
    run,
    login: shown.now,
    doors: doors.states,
    lines: () => linesOf(doors, queues),
    hubs: () => shutHubs(parts, hubs.now()),
    lanes: book.now,
    nameOf,
    provisioning,
  }

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
    const doubtsOf = createDoorDoubts(parts, doors.all, settled, signal)
    const quotas = createQuotas(
      parts,
      (account) => doors.features(account).quota,
      (account) => freed(parts, weChatLane(account), () => settled(weChatLane(account))),
    )
    const doubts = { ...doubtsOf.joined, ...createHolds(doubtsOf.joined, quotas) }
    const outcomes = createOutcomes(parts, signal)
    const reads = createReads(parts, doors, signal)
    const waits = createWaits(parts, queues, doubts, doors.loginOf)
    queues.onPause(waits.paused)
    const rosters = createRosters(parts, doors, media.open)
    const rooms = new Map(
      parts.seats.map(({ adapter }) => [
        adapter.id,
        createRooms(parts, adapter, media.open, (portal) => rosters.used(adapter.id, portal)),
      ]),
    )
    roomsOf = rooms
    const mintClientId = createClientIds(parts.clock, parts.random)
    const takeBack = createTakeBack(parts, doors.features, mintClientId)
    const language = createLanguage(parts)
    const reactions = createReactionChoice(parts)
    const inside: Inside = {
      features: doors.features,
      commands: createCommands({
        parts,
        doors,
        logout: leaving.logout,
        shown,
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
    const hold = (lane: Lane, work: Parameters<typeof holdLane>[4]) =>
      keep(holdLane(parts, lane, owner, signal, work, book.teller(lane)))
    const unwatch = parts.store.onWork((lane) => pumps.get(lane)?.wake())

    await doors.recall()
    await language.recall()
    await reactions.recall()
    const portals = await introduce(parts)
    for (const seat of parts.seats) {
      const { adapter } = seat
      const itsRooms = rooms.get(adapter.id)!
      const portal = portals.get(adapter.id)
      const pump = createPump(parts, hubRoute(parts, adapter, itsRooms, media.open))
      pumps.set(hubLane(adapter.id), pump)
      const echoed = createEchoes(parts, adapter.id)
      const outbound = createOutbound(parts, seat, inside)
      const spell = createSpelling(parts, seat, {
        members: rosters.of,
        login: doors.loginOf,
      })
      const sink: HubSink = {
        ...outbound,
        async event(event, raw) {
          const meant = await echoed(event)
          if (meant) await outbound.event(await spell(meant), raw)
        },
        standing: (standing) => hubs.tell(adapter.id, standing),
      }
      const view = portal && createView(parts, adapter, itsRooms, portal, shown.now())
      if (view) views.set(adapter.id, view)
      if (adapter.tellsStanding) {
        pump.gate(false)
        view?.gate(false)
      }
      hold(hubLane(adapter.id), async (lease, held) => {
        const stop = new AbortController()
        const both = AbortSignal.any([held, stop.signal])
        // Whichever ends first ends the others: a hub that stopped receiving must not go on sending.
        const works = [
          adapter.run(sink, both),
          pump.run(lease, both),
          view?.run(both),
          rosters.run(adapter, both),
          pulses.run(adapter, both),
        ]
        await allOrNone(works, stop)
      })
    }

    const inbound = createInbound(parts, media.wake, reads)
    const ofWeChat = {
      ...inbound,
      members: rosters.changed,
      chats: lookedAfter(parts, inbound.chats, (hub) => rooms.get(hub)!, signal),
      async echo(...[key, receipt]: Parameters<typeof inbound.echo>) {
        await inbound.echo(key, receipt)
        outcomes.seen(key)
      },
    }
    const sinkOf = createDoorSinks({
      parts,
      doors,
      doubts: (door) => doubtsOf.of(door).sink,
      quotas,
      alarms: createAlarms(parts, doors, mintClientId),
      shared: ofWeChat,
      merged: merged.look,
      wanted: media.wake,
      signal,
    })
    lanes = createWeChatLanes({
      parts,
      doors,
      holds: doubts,
      quotas,
      queues,
      open: media.open,
      settled: outcomes.settled,
      pumps,
      hold,
    })
    keep(media.run(signal))
    keep(waits.run(signal))
    keep(runDigests(parts, signal))
    keep(merged.run(signal))
    keep(createJanitor(parts, space).run(signal))
    keep(runDoors(parts, doors.all, sinkOf, signal))

    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    await Promise.all(running)
    unwatch()
    over.abort()
    if (failed.signal.aborted) throw failed.signal.reason
  }

  function provisioning(hub: HubId): Provisioning | undefined {
    const seat = parts.seats.find(({ adapter }) => adapter.id === hub)
    const rooms = () => roomsOf?.get(hub)
    return seat && createProvisioning({ parts, doors, shown, seat, logout: leaving.logout, rooms })
  }

  function downloadFrom(source: string) {
    if (isWeChat(source)) return downloadAt(doors, source)
    const seat: Seat | undefined = parts.seats.find(({ adapter }) => adapter.id === source)
    return seat?.adapter.download.bind(seat.adapter)
  }
}

const isWeChat = (source: string): boolean => source.startsWith('wechat/')
