import type { MessagePort } from 'node:worker_threads'
import { avatar, download, sendFile } from './files.ts'
import type { Sending } from './guard.ts'
import { Fault } from './load.ts'
import { plain } from './plain.ts'
import type { FileBoxMaker, PuppetLike } from './vendor.ts'

export interface Stage {
  readonly puppet: PuppetLike
  readonly FileBox: FileBoxMaker
  readonly sending: Sending | undefined
}

/** What a puppet may be asked by its own name, with plain data in and out. */
const direct = new Set([
  'contactAlias',
  'contactList',
  'contactPayload',
  'friendshipAccept',
  'friendshipAdd',
  'friendshipPayload',
  'logout',
  'messageContact',
  'messageMiniProgram',
  'messagePayload',
  'messageRecall',
  'messageSendText',
  'messageUrl',
  'postPayload',
  'roomAdd',
  'roomCreate',
  'roomDel',
  'roomInvitationPayload',
  'roomList',
  'roomMemberList',
  'roomMemberPayload',
  'roomPayload',
  'roomTopic',
])

/** The caches to empty, by the number of what they keep (DirtyType). */
const caches: Readonly<Record<number, string>> = { 2: 'contact', 3: 'room', 4: 'roomMember' }

const atOnce = 8

/** Does what is asked for by name. What comes back is plain data. */
export async function call(
  stage: Stage,
  op: string,
  args: readonly unknown[],
  port: MessagePort | undefined,
): Promise<unknown> {
  const { puppet } = stage
  const [first, second] = args
  if (direct.has(op)) {
    const asked = (puppet as unknown as Record<string, unknown>)[op]
    if (typeof asked !== 'function') throw unable()
    return plain(await asked.apply(puppet, args))
  }
  if (op === 'location') return location(puppet, String(first))
  if (op === 'members') return members(puppet, String(first))
  if (op === 'forget') return forget(puppet, Number(first), String(second))
  if (!port) throw unable()
  if (op === 'download') return download(puppet, port, String(first), second === true)
  if (op === 'avatar') return avatar(puppet, port, String(first), second === true)
  if (op === 'sendFile') {
    const { FileBox, sending } = stage
    return plain(await sendFile(puppet, FileBox, sending, port, String(first), String(second)))
  }
  throw unable()
}

function unable(): Fault {
  return new Fault({ kind: 'puppet', message: 'this puppet cannot do it', sent: 'no' })
}

/**
 * wechaty-puppet-service 1.19 gives a place as the inside of a protobuf message, beside placeholders: a list, under a name
 * that a minifier chose, of accuracy, address, latitude, longitude and name.
 */
async function location(puppet: PuppetLike, id: string): Promise<unknown> {
  const ask = (puppet as unknown as Record<string, unknown>).messageLocation
  if (typeof ask !== 'function') throw unable()
  const told: unknown = await ask.call(puppet, id)
  if (typeof told !== 'object' || told === null) return undefined
  const fields: unknown[] | undefined = Object.values(told).find(Array.isArray)
  if (!fields) return plain(told)
  const [accuracy, address, latitude, longitude, name] = fields
  return plain({ accuracy, address, latitude, longitude, name })
}

/** All members of a room, with the names they have there. One who cannot be told of is only an id. */
async function members(puppet: PuppetLike, room: string): Promise<unknown> {
  const listed = await puppet.roomMemberList(room)
  const ids = Array.isArray(listed) ? listed.filter((each) => typeof each === 'string') : []
  const found: unknown[] = new Array(ids.length)
  let next = 0
  const worker = async () => {
    for (let at = next++; at < ids.length; at = next++) {
      const id = ids[at] ?? ''
      found[at] = await puppet.roomMemberPayload(room, id).catch(() => ({ id }))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return plain(found)
}

/** What is cached of it, here and at the gateway, is asked for anew next time. */
async function forget(puppet: PuppetLike, type: number, id: string): Promise<undefined> {
  await Promise.resolve(puppet.dirtyPayload(type, id)).catch(() => undefined)
  puppet.cache[caches[type] ?? '']?.delete(id)
  return undefined
}
