import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFiles } from '../../adapters/files/media.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { createBridge } from '../../src/bridge/bridge.ts'
import { createPump } from '../../src/bridge/pump.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { eventId, hubId, hubLane } from '../../src/core/ids.ts'
import type { Post } from '../../src/core/post.ts'
import type { Store } from '../../src/ports/store.ts'
import { timed } from './measure.ts'
import { chatOf, hub as hubName, said } from './people.ts'
import { openAt } from './seed.ts'
import { instantHub, instantOutlet, instantWeChat, partsOf } from './sides.ts'

/** Carries so many texts to their end. Resolves with how long it took, in milliseconds. */
export type Journey = (count: number) => Promise<number>

/** A whole bridge on a real store, between two sides that answer at once. */
export interface World {
  readonly journeys: Readonly<Record<string, Journey>>
  /** As many commits of one small row each, in the same store. */
  readonly bare: Journey
  /** How many transactions the bridge has begun. */
  transactions(): number
  close(): Promise<void>
}

export async function openWorld(folder: string, chats: number): Promise<World> {
  const database = await openAt(join(folder, 'bridge.sqlite'), systemClock)
  let begun = 0
  const store: Store = {
    ...database.store,
    unit(work, how) {
      begun++
      return database.store.unit(work, how)
    },
  }
  const toHub = counter()
  const toWeChat = counter()
  const hub = instantHub(toHub.add)
  const weChat = instantWeChat(toWeChat.add)
  const mediaStore = await openFiles(join(folder, 'media'))
  const parts = partsOf(store, mediaStore, database.vault('bridge'), [hub])
  const stopping = new AbortController()
  const running = createBridge(parts, [{ id: 'main', connector: weChat }], 'bench').run(
    stopping.signal,
  )
  const [fromHub, fromWeChat] = await Promise.all([hub.sink, weChat.sink])
  await fromWeChat.chats(Array.from({ length: chats }, (_, index) => chatOf(index)))
  let minted = 0
  await hear(chats)
  // The welcome of the first start is among what has arrived.
  while ((await database.archive.depth()).queued > 0) await sleep(10)
  const rooms = await roomsOf(store, chats)

  return {
    journeys: {
      'WeChat → hub': (count) => timed(() => hear(count)),
      'hub → WeChat': (count) => timed(() => write(count)),
      'both ways at once': (count) => timed(() => Promise.all([hear(count / 2), write(count / 2)])),
      'pump alone': pump,
    },
    bare: (count) => timed(() => bare(count)),
    transactions: () => begun,
    async close() {
      stopping.abort(new Error('enough'))
      await running
      await database.close()
    },
  }

  /** A connector offers one message after another. */
  async function hear(count: number): Promise<void> {
    const arrived = toHub.more(count)
    for (let i = 0; i < count; i++) {
      const { message } = said(++minted, minted % chats, Date.now())
      await fromWeChat.message(message, JSON.stringify(message))
    }
    await arrived
  }

  async function write(count: number): Promise<void> {
    const arrived = toWeChat.more(count)
    for (let i = 0; i < count; i++) {
      const room = rooms[++minted % chats]
      if (!room) throw new Error('A chat has no room')
      const { content } = said(minted, 0, 0).message
      const text = `${content.kind === 'text' ? content.text : ''} ${minted}`
      const id = eventId(`$${minted}`)
      const event = { type: 'message', id, room, at: Date.now(), from: '@owner', text } as const
      await fromHub.event(event, JSON.stringify(event))
    }
    await arrived
  }

  async function pump(count: number): Promise<number> {
    const lane = hubLane(hubId('elsewhere'))
    await store.unit(async (unit) => {
      for (let i = 0; i < count; i++) {
        await unit.enqueue(lane, said(++minted, minted % chats, 0).post, Date.now())
      }
    })
    const over = new AbortController()
    const outlet = instantOutlet<Post>((delivered) => {
      if (delivered === count) over.abort(new Error('enough'))
    })
    const route = {
      outlet,
      open: () => Promise.reject(new Error('nothing is opened here')),
      address: async (job: unknown) => job as Post,
      onUncertain: 'resend' as const,
      giveUpMs: 86_400_000,
      bury: (_: unknown, __: unknown, error: Error) => Promise.reject(error),
    }
    const alone = createPump(parts, route)
    const lease = await store.take(lane, 'bench', 86_400_000)
    if (!lease) throw new Error('The lane is not free')
    return timed(() => alone.run(lease, over.signal))
  }

  async function bare(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await database.store.unit((unit) => unit.accept('bench', `${++minted}`, '', 0))
    }
  }
}

function counter() {
  let total = 0
  let wanted = 0
  let reached: () => void = () => undefined
  return {
    add() {
      if (++total === wanted) reached()
    },
    /** Resolves when so many more have come. */
    more(count: number): Promise<void> {
      wanted = total + count
      return new Promise((resolve) => {
        reached = resolve
      })
    },
  }
}

/** Each chat's room, once it has one. */
async function roomsOf(store: Store, chats: number): Promise<readonly RoomId[]> {
  const rooms: RoomId[] = []
  for (let index = 0; index < chats; index++) {
    const { room } = await store.unit((unit) =>
      unit.portalOf(chatOf(index).id, hubName, () => {
        throw new Error('A chat has no portal')
      }),
    )
    if (!room) throw new Error('A chat has no room')
    rooms.push(room)
  }
  return rooms
}
