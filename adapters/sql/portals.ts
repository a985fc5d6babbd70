import type { ChatId, HubId, PortalId, RoomId } from '../../src/core/ids.ts'
import { hubId, portalId, roomId } from '../../src/core/ids.ts'
import type { Portal } from '../../src/ports/store.ts'
import { chatRow, home } from './chat-rows.ts'
import { misuse } from './errors.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import type { PortalTable, Tx } from './tables.ts'

/** The portal of a chat on a hub, minted on first use. Throws (`bug`) when the chat was never saved. */
export async function portalOf(
  scope: Scope,
  chat: ChatId,
  hub: HubId,
  fresh: () => PortalId,
): Promise<Portal> {
  const { db } = scope
  const saved = home(await chatRow(scope, chat))
  if (!saved) throw misuse('A portal was asked for a chat that was never saved.')
  const known = await byChat(db, saved.id, hub)
  if (known) return toPortal(known)
  await db.insertInto('portal').values({ id: fresh(), hub, chat: saved.id, room: null }).execute()
  return toPortal((await byChat(db, saved.id, hub))!)
}

/** As `portalOf`, where it is there already. */
export async function portalAlready(
  scope: Scope,
  chat: ChatId,
  hub: HubId,
): Promise<Portal | undefined> {
  const saved = home(await chatRow(scope, chat))
  const row = saved && (await byChat(scope.db, saved.id, hub))
  return row && toPortal(row)
}

export async function portal({ db }: Scope, id: PortalId): Promise<Portal | undefined> {
  const row = (await byId(db, { id })).rows[0]
  return row && toPortal(row)
}

/** Of the chat that is there now: a room whose chat was merged into another leads to that one's portal. */
export async function portalIn(
  { db }: Scope,
  hub: HubId,
  room: RoomId,
): Promise<Portal | undefined> {
  const row = (await byRoom(db, { hub, room })).rows[0]
  if (row?.merged_into == null) return row && toPortal(row)
  const present = await byChat(db, row.merged_into, hub)
  return present && toPortal(present)
}

/** Throws (`bug`) when there is no such portal, or when the room is another portal's: one room, one chat. */
export async function bindRoom(scope: Scope, id: PortalId, room: RoomId): Promise<void> {
  const { db } = scope
  const holder = await db
    .selectFrom('portal as mine')
    .leftJoin('portal as other', (join) =>
      join
        .onRef('other.hub', '=', 'mine.hub')
        .on('other.room', '=', room)
        .onRef('other.id', '!=', 'mine.id'),
    )
    .select('other.id')
    .where('mine.id', '=', id)
    .executeTakeFirst()
  if (!holder) throw misuse('A room was given to a portal that does not exist.')
  if (holder.id) throw misuse('A room was given to two chats; the second did not get it.')
  await db.updateTable('portal').set({ room }).where('id', '=', id).execute()
  scope.portalsChanged = true
}

export async function unbindRoom(scope: Scope, id: PortalId): Promise<void> {
  await scope.db.updateTable('portal').set({ room: null }).where('id', '=', id).execute()
  scope.portalsChanged = true
}

/** Only where both have a room: else the one there is belongs to what the chat became. */
export async function mergedRooms(
  { db }: Scope,
  hub: HubId,
): Promise<readonly { readonly from: PortalId; readonly into: PortalId }[]> {
  const pairs = await db
    .selectFrom('portal as old')
    .innerJoin('chat', 'chat.id', 'old.chat')
    .innerJoin('portal as present', (join) =>
      join.onRef('present.hub', '=', 'old.hub').onRef('present.chat', '=', 'chat.merged_into'),
    )
    .select(['old.id as from', 'present.id as into'])
    .where('old.hub', '=', hub)
    .where('old.room', 'is not', null)
    .where('present.room', 'is not', null)
    .execute()
  return pairs.map(({ from, into }) => ({ from: portalId(from), into: portalId(into) }))
}

const allPortals = (db: Tx) =>
  db
    .selectFrom('portal')
    .innerJoin('chat', 'chat.id', 'portal.chat')
    .select(['portal.id', 'portal.hub', 'portal.room', 'chat.data', 'chat.merged_into'])

const byId = statement((db, { id }: { id: string }) => allPortals(db).where('portal.id', '=', id))

const byRoom = statement((db, { hub, room }: { hub: string; room: string }) =>
  allPortals(db).where('portal.hub', '=', hub).where('portal.room', '=', room),
)

const byChat = async (db: Tx, chat: string, hub: HubId) =>
  (await findByChat(db, { chat, hub })).rows[0]

const findByChat = statement((db, { chat, hub }: { chat: string; hub: string }) =>
  allPortals(db).where('portal.chat', '=', chat).where('portal.hub', '=', hub),
)

function toPortal(row: Pick<PortalTable, 'id' | 'hub' | 'room'> & { data: string }): Portal {
  return {
    id: portalId(row.id),
    hub: hubId(row.hub),
    chat: JSON.parse(row.data),
    ...(row.room !== null && { room: roomId(row.room) }),
  }
}
