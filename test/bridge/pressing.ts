import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import type { BridgeError } from '../../src/core/errors.ts'
import type { Role } from '../../src/core/hub.ts'
import { type EventId, eventId, roomId } from '../../src/core/ids.ts'
import type { Notice } from '../../src/core/notice.ts'
import type { Button } from '../../src/core/post.ts'
import type { HubPeople, HubPlaces, HubUser, PlaceNow, RoomPost } from '../../src/ports/hub.ts'
import { until } from '../support/until.ts'
import type { HubSide, World } from './harness.ts'
import { roomOf } from './harness.ts'

// A hub of the kind where a person has buttons to press, chooses where chats go, and lets others in.

/** Where chats go, under a test's control. It knows those that have a room. */
export class Places implements HubPlaces {
  readonly calls: unknown[][] = []
  readonly at = new Map<string, PlaceNow>()
  fault: BridgeError | undefined
  of = async (portal: string): Promise<PlaceNow | undefined> => this.at.get(portal)
  link = async (portal: string, here: string) =>
    this.#put(portal, { kind: 'linked', name: here }, 'link', portal, here)
  async invitation(portal: string): Promise<string> {
    this.#called('invitation', portal)
    return `https://t.example/bot?startgroup=${portal}`
  }
  move = async (portal: string, to: 'auto' | 'private' | 'forum' | 'flat') =>
    this.#put(portal, { kind: to === 'auto' ? 'private' : to }, 'move', portal, to)
  async home(here: string | undefined): Promise<PlaceNow | undefined> {
    this.#called('home', here)
    return here === undefined ? undefined : { kind: 'forum', name: '群组' }
  }
  portalAt = async () => undefined

  #put(portal: string, now: PlaceNow, ...call: unknown[]): PlaceNow {
    this.#called(...call)
    this.at.set(portal, now)
    return now
  }
  #called(...call: unknown[]): void {
    this.calls.push(call)
    if (this.fault) throw this.fault
  }
}

/** Who may do what, under a test's control. */
export class Visitors implements HubPeople {
  readonly calls: unknown[][] = []
  readonly roles = new Map<string, Role>([['@owner', 'owner']])
  list = async (): Promise<readonly HubUser[]> =>
    [...this.roles].map(([id, role]) => ({ id, role, name: `name of ${id}` }))
  async set(id: string, role: Exclude<Role, 'owner'> | undefined): Promise<boolean> {
    this.calls.push(['set', id, role])
    if (!this.roles.has(id)) return false
    if (role) this.roles.set(id, role)
    else this.roles.delete(id)
    return true
  }
  async invitation(role: Exclude<Role, 'owner'>): Promise<string> {
    this.calls.push(['invitation', role])
    return `https://t.example/bot?start=${role}`
  }
  async relay(room: string, allowed: boolean): Promise<void> {
    this.calls.push(['relay', room, allowed])
  }
}

export interface Equipped {
  readonly places: Places
  readonly people: Visitors
}

/** Gives a hub buttons, messages that change, places and people. Before it runs. */
export function equip(hub: HubSide, limit = 4096): Equipped {
  const places = new Places()
  const people = new Visitors()
  const send = hub.send.bind(hub)
  Object.assign(hub, {
    features: { ...hub.features, text: { limit, format: 'html' }, buttons: true, edits: true },
    places,
    people,
    roleOf: (from: string) => people.roles.get(from),
    async send(...given: Parameters<HubSide['send']>) {
      const receipt = await send(...given)
      const [post] = given
      const ids = post.replacesEvent ? [post.replacesEvent] : receipt.ids
      shownAs.set(post, eventId(ids[0] ?? ''))
      return { ...receipt, ids }
    },
    async ensureRoom(portal: string) {
      const room = await HubSideRoom.call(hub, portal)
      if (!places.at.has(portal)) places.at.set(portal, { kind: 'private' })
      return room
    },
  })
  const HubSideRoom = Object.getPrototypeOf(hub).ensureRoom as HubSide['ensureRoom']
  return { places, people }
}

const shownAs = new WeakMap<RoomPost, EventId>()

export interface Saying {
  readonly from?: string
  readonly room?: string
  readonly replyTo?: EventId
  readonly button?: EventId
}

/** Someone says a command in a chat's room (or elsewhere); resolves with the answer that was shown for it. */
export async function ask(
  world: World,
  chat: Chat,
  line: string | readonly string[],
  { from = '@owner', room, ...more }: Saying = {},
): Promise<{ readonly notice: Notice; readonly post: RoomPost }> {
  const words = typeof line === 'string' ? line.split(' ') : line
  const at = roomId(room ?? (await roomOf(world, chat)))
  const id = world.hub.event()
  await world.hub.does({ type: 'command', id, room: at, at: Date.now(), from, words, ...more })
  // The last part of it, which has the buttons.
  const post = await until(
    async () => {
      const { queued } = await world.database.archive.depth()
      return queued ? undefined : world.hub.delivered.findLast((each) => isAbout(each, id))
    },
    `an answer to ${words.join(' ')}`,
  )
  const said = await world.database.archive.message(post.message)
  const content = said?.message.content
  if (content?.kind !== 'notice') throw new Error('The answer is no notice')
  return { notice: content.notice, post }
}

const isAbout = ({ message }: RoomPost, event: EventId) => message.endsWith(`/${event}`)

/** The buttons under a post, row by row. */
export const buttonsOf = ({ body }: RoomPost): readonly (readonly Button[])[] =>
  ('buttons' in body && body.buttons) || []

/** Presses the button that says this, under a post. */
export async function press(
  world: World,
  post: RoomPost,
  label: string | RegExp,
  saying: Saying = {},
): Promise<{ readonly notice: Notice; readonly post: RoomPost }> {
  const all = buttonsOf(post).flat()
  const found = all.find((each) => each.label.match(label))
  if (!found || !('words' in found)) {
    throw new Error(`No button ${label} among ${all.map((each) => each.label).join(', ')}`)
  }
  const button = eventOfPost(post)
  return ask(world, management, found.words, { room: post.room, button, ...saying })
}

/** What a post is in the room. */
export function eventOfPost(post: RoomPost): EventId {
  const event = shownAs.get(post)
  if (!event) throw new Error('That was not posted')
  return event
}
