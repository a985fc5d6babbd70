import type { MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk'
import type { Content } from './heard.ts'

/** Somebody in a room, as they are called and shown there. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly avatar: string | undefined
  readonly power: number
}

export const nameOf = (room: Room): string => String(stateOf(room, 'm.room.name')?.name ?? '')
export const topicOf = (room: Room): string => String(stateOf(room, 'm.room.topic')?.topic ?? '')
export const avatarOf = (room: Room): string | undefined => room.getMxcAvatarUrl() ?? undefined

/** The content of a state event. */
export function stateOf(room: Room, type: string, key = ''): Content | undefined {
  return room.currentState.getStateEvents(type, key)?.getContent()
}

/** All state events of a type, by their keys. */
export function statesOf(room: Room, type: string): Readonly<Record<string, Content>> {
  const events = room.currentState.getStateEvents(type)
  return Object.fromEntries(
    events.map((event) => [event.getStateKey() ?? '', event.getContent() as Content]),
  )
}

/** Who is in a room. */
export function peopleIn(room: Room): readonly Person[] {
  return room.getJoinedMembers().map((member) => ({
    id: member.userId,
    name: member.rawDisplayName,
    avatar: member.getMxcAvatarUrl(),
    power: member.powerLevel,
  }))
}

/** Their names, sorted. */
export const namesIn = (room: Room): readonly string[] =>
  peopleIn(room)
    .map(({ name }) => name)
    .sort()

/** With whom a room is a direct chat, as the person's account says (`m.direct`). */
export function directWith(client: MatrixClient, room: Room): string | undefined {
  const direct = accountData(client, 'm.direct') ?? {}
  return Object.entries(direct).find(
    ([, rooms]) => Array.isArray(rooms) && rooms.includes(room.roomId),
  )?.[0]
}

/** Did the room come as a direct chat? Clients then put it among the people. */
export function cameAsDirect(room: Room, user: string): boolean {
  const membership = room.getMember(user)?.events.member
  return (
    membership?.getContent().is_direct === true || membership?.getPrevContent().is_direct === true
  )
}

/** What the person's account holds of some type. */
export const accountData = (client: MatrixClient, type: string): Content | undefined =>
  client.getAccountData(type as never)?.getContent()

/** The rooms that a space holds, by the homeserver's own walk through it. */
export async function childrenOf(client: MatrixClient, space: Room): Promise<readonly string[]> {
  const { rooms } = await client.getRoomHierarchy(space.roomId, 100)
  return rooms.map((room) => room.room_id).filter((id) => id !== space.roomId)
}

/** The spaces a person is in. */
export const spacesIn = (rooms: readonly Room[]): readonly Room[] =>
  rooms.filter((room) => room.isSpaceRoom())

/** Has somebody marked a room as read up to an event, or further? What one wrote oneself is no such mark. */
export function readBy(room: Room, event: string, user: string): boolean {
  const upTo = room.getReadReceiptForUserId(user, true)?.eventId
  const ids = room
    .getLiveTimeline()
    .getEvents()
    .map((each) => each.getId())
  return upTo !== undefined && ids.includes(event) && ids.indexOf(upTo) >= ids.indexOf(event)
}

/** Would an event notify its reader, by the rules of their account as they are now? */
export function rings(client: MatrixClient, event: MatrixEvent): boolean {
  return client.getPushActionsForEvent(event, true)?.notify === true
}

/** Where a room goes on, as a client follows it. */
export function successorOf(client: MatrixClient, room: Room): Room | undefined {
  const next = stateOf(room, 'm.room.tombstone')?.replacement_room
  const found = typeof next === 'string' ? client.getRoom(next) : null
  return found?.findPredecessor()?.roomId === room.roomId ? found : undefined
}
