import type { Contact } from '../contact.ts'
import { fetchAddressBook, fetchDetails } from '../fetch.ts'
import { createChatroom, oplog, updateChatroom, verifyUser, wireName } from '../people-wire.ts'
import { type Raw, text } from '../raw.ts'
import { decodeName } from '../text.ts'
import { type Core, forever } from './core.ts'
import { LocalError } from './result.ts'
import type { FriendOptions } from './user.ts'

/** The whole address book, and the members of all groups known (protocol §3.5, §3.6). */
export async function fetchEverybody(core: Core, rooms: readonly string[]): Promise<void> {
  const { api, log, roster } = core
  const { contacts } = await fetchAddressBook(api, log, forever)
  roster.learn(contacts)
  const groups = roster.of('group').map((each) => each.UserName)
  await fetchContacts(core, [...groups, ...rooms])
}

/** These anew; those the server does not know are left out. */
export async function fetchContacts(core: Core, userNames: readonly string[]): Promise<Contact[]> {
  if (userNames.length === 0) return []
  const found = await fetchDetails(core.api, userNames, core.log, forever)
  core.roster.learn(found)
  return found.flatMap((each) => core.roster.get(each.UserName) ?? [])
}

/** Groups anew; `detailed`: then every member too, 50 at a time (protocol §3.6). Throws a LocalError -1001. */
export async function fetchRooms(
  core: Core,
  userNames: readonly string[],
  detailed: boolean,
): Promise<Contact[]> {
  const rooms = await fetchContacts(core, userNames)
  if (rooms.length === 0) throw new LocalError(-1001)
  if (!detailed) return rooms
  const done: Contact[] = []
  for (const room of rooms) {
    const members = new Map((room.Members ?? []).map((each) => [each.UserName, each]))
    const wishes = [...members.keys()].map((user) => ({ user, room: room.EncryChatRoomId ?? '' }))
    for (let at = 0; at < wishes.length; at += 50) {
      // Into the member, not into the contacts: these may be people who are none (§3.6).
      for (const each of await core.api.batch(wishes.slice(at, at + 50), forever)) {
        const old = members.get(each.UserName)
        if (old) members.set(each.UserName, { ...old, ...each, DisplayName: old.DisplayName })
      }
    }
    done.push({ ...room, Members: [...members.values()] })
  }
  core.roster.learn(done)
  return done
}

/** A remark; '' takes it away (protocol §3.11). */
export async function setRemark(core: Core, userName: string, remark: string): Promise<void> {
  const { api } = core
  const body = { CmdId: 2, RemarkName: remark.toWellFormed() }
  await change(core, () => oplog(api, userName, body, forever))
  core.roster.learn([{ ...known(core, userName), RemarkName: wireName(remark) }])
}

/** With the remark there is: without it the server would wipe it (trap 45). */
export async function setPinned(core: Core, userName: string, pinned: boolean): Promise<void> {
  const { api } = core
  const remark = decodeName(known(core, userName).RemarkName ?? '')
  const body = { CmdId: 3, OP: pinned ? 1 : 0, RemarkName: remark }
  await change(core, () => oplog(api, userName, body, forever))
}

/** Asks someone, or accepts (protocol §3.12). Accepting needs the ticket (trap 46): a LocalError -1005 without. */
export async function verifyFriend(
  core: Core,
  userName: string,
  how: FriendOptions,
): Promise<void> {
  const { api } = core
  const accepts = how.status === 'accept' || how.status === 3
  if (accepts && !how.ticket) throw new LocalError(-1005, 'The ticket of the request is missing.')
  const words = accepts ? '' : (how.greeting ?? '').toWellFormed()
  const ticket = how.ticket ?? ''
  await change(core, () => verifyUser(api, accepts ? 3 : 2, userName, ticket, words, forever))
  if (how.autoUpdate ?? true) await fetchContacts(core, [userName])
}

/** A group of oneself and at least two others (trap 86). */
export async function createRoom(
  core: Core,
  members: readonly string[],
  topic: string,
): Promise<{ chatRoomName: string }> {
  if (members.length < 2) throw new LocalError(-1005, 'A group needs at least two others.')
  const { api } = core
  const name = topic.toWellFormed()
  const answer = await change(core, () => createChatroom(api, members, name, forever))
  const chatRoomName = text(answer.ChatRoomName)
  if (!chatRoomName) throw new LocalError(-1004, 'WeChat did not say what the group is called.')
  await fetchContacts(core, [chatRoomName])
  return { chatRoomName }
}

/** `invitemember` where the group is large, or wanted (protocol §3.13). */
export async function addMembers(
  core: Core,
  room: string,
  members: readonly string[],
  invite: boolean,
): Promise<{ how: 'added' | 'invited' }> {
  if (members.length === 0) throw new LocalError(-1005, 'There is nobody to add.')
  const group = core.roster.get(room)?.Members ? core.roster.get(room) : undefined
  const [fresh] = group ? [group] : await fetchContacts(core, [room])
  const size = fresh?.Members?.length ?? 0
  const invited = invite || size + members.length >= core.inviteStart
  const list = members.join(',')
  await updateRoom(
    core,
    room,
    invited ? 'invitemember' : 'addmember',
    invited ? { InviteMemberList: list } : { AddMemberList: list },
  )
  return { how: invited ? 'invited' : 'added' }
}

export async function deleteMembers(
  core: Core,
  room: string,
  members: readonly string[],
): Promise<void> {
  if (members.length === 0) throw new LocalError(-1005, 'There is nobody to remove.')
  return updateRoom(core, room, 'delmember', { DelMemberList: members.join(',') })
}

export async function renameRoom(core: Core, room: string, name: string): Promise<void> {
  return updateRoom(core, room, 'modtopic', { NewTopic: name.toWellFormed() })
}

async function updateRoom(core: Core, room: string, fun: string, fields: Raw): Promise<void> {
  const { api } = core
  await change(core, () => updateChatroom(api, room, fun, fields, forever))
}

function change(core: Core, work: () => Promise<Raw>): Promise<Raw> {
  return core.paced(core.settings.pace.contactMs, work)
}

function known(core: Core, userName: string): Contact {
  return core.roster.get(userName) ?? { UserName: userName }
}
