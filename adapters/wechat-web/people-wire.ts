import type { Api } from './api.ts'
import type { Raw } from './raw.ts'

// The calls about people and groups as they go over the wire. All throw a WireFault for a Ret other than 0.

/** Remark (`CmdId` 2) and pin (`CmdId` 3, always with the remark there is: trap 45) (protocol §3.11). */
export function oplog(api: Api, user: string, body: Raw, signal: AbortSignal): Promise<Raw> {
  return api.post('webwxoplog', api.query(), { UserName: user, ...body }, signal)
}

/** Opcode 2 asks, 3 accepts, which takes the ticket of the request; scene 33 is the web (protocol §3.12). */
export function verifyUser(
  api: Api,
  opcode: 2 | 3,
  user: string,
  ticket: string,
  words: string,
  signal: AbortSignal,
): Promise<Raw> {
  return api.post(
    'webwxverifyuser',
    { r: api.now(), ...api.query() },
    {
      Opcode: opcode,
      VerifyUserListSize: 1,
      VerifyUserList: [{ Value: user, VerifyUserTicket: ticket }],
      VerifyContent: words,
      SceneListCount: 1,
      SceneList: [33],
      skey: api.session.skey,
    },
    signal,
  )
}

/** A new group of oneself and these; its name is `ChatRoomName` of the answer (protocol §3.13). */
export function createChatroom(
  api: Api,
  users: readonly string[],
  topic: string,
  signal: AbortSignal,
): Promise<Raw> {
  const members = users.map((UserName) => ({ UserName }))
  return api.post(
    'webwxcreatechatroom',
    { r: api.now(), ...api.query() },
    { MemberCount: members.length, MemberList: members, Topic: topic },
    signal,
  )
}

/** `addmember`, `invitemember`, `delmember` and `modtopic` with the field each wants (protocol §3.13). */
export function updateChatroom(
  api: Api,
  room: string,
  fun: string,
  body: Raw,
  signal: AbortSignal,
): Promise<Raw> {
  const query = { fun, ...api.query() }
  return api.post('webwxupdatechatroom', query, { ChatRoomName: room, ...body }, signal)
}

/** A name as it stands on the wire (protocol §3.2). */
export const wireName = (name: string): string =>
  name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
