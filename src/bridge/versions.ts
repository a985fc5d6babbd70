import type { Key, MessageId } from '../core/ids.ts'
import { sendKey, takingId, versionId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import { mediaOf } from '../core/message.ts'
import { isFromWeChat } from '../core/recall.ts'
import type { Unit } from '../ports/store.ts'

/** The message a person wrote, and what they changed it to, the first first. */
export interface Versions {
  /** The id of the first; it may not be kept any more. */
  readonly root: MessageId
  readonly all: readonly Message[]
  readonly latest: Message
  /** The id that another one gets. */
  readonly next: MessageId
}

/** `message` is any of the versions. */
export async function versionsOf(unit: Unit, message: Message): Promise<Versions> {
  const root = message.edits ?? message.id
  const first = message.edits ? await unit.message(root) : message
  const all = first ? [first] : []
  for (let count = 1; ; count++) {
    const next = versionId(root, count)
    const known = await unit.message(next)
    if (!known) return { root, all, latest: all.at(-1) ?? message, next }
    all.push(known)
  }
}

/** What it was changed to last; itself, where it was not. */
export const latestOf = async (unit: Unit, message: Message): Promise<Message> =>
  message.sender.type === 'myself' ? (await versionsOf(unit, message)).latest : message

/**
 * A part of a message that is in WeChat, or may come to be. `waiting`: in line; `idle`: it waits for a person's word, and
 * has surely not gone out; `going`: it is going out now, or has, without a receipt; `lost`: nobody can tell. `at`: when
 * it arrived, in milliseconds.
 */
export interface Part {
  readonly of: Message
  readonly part: number
  readonly key: Key
  readonly state: 'waiting' | 'idle' | 'going' | 'lost' | 'sent'
  readonly at?: number
  /** It is bytes: always part 0. */
  readonly media: boolean
}

const states = {
  queued: 'waiting',
  sending: 'going',
  sent: 'going',
  dead: 'idle',
  held: 'idle',
  unknown: 'lost',
} as const

/** The parts of these messages that were not taken back. */
export async function partsOf(unit: Unit, messages: readonly Message[]): Promise<readonly Part[]> {
  const all: Part[] = []
  for (const of of messages) {
    for (let part = 0; ; part++) {
      const found = await partOf(unit, of, part)
      // The bytes may have been let be, or forgotten: what was said with them is behind.
      if (!found && part > 0) break
      if (found && !(await isTaken(unit, of.id, part))) all.push(found)
    }
  }
  return all
}

async function partOf(unit: Unit, of: Message, part: number): Promise<Part | undefined> {
  const key = sendKey(of.id, part)
  const found = { of, part, key, media: part === 0 && mediaOf(of.content) !== undefined }
  const sent = await unit.sentReceipt(of.id, part)
  if (sent) return { ...found, state: 'sent', at: sent.at }
  // What one wrote on the phone is one message, however long.
  if (part === 0 && isFromWeChat(of)) return { ...found, state: 'sent', at: of.at }
  const state = await unit.stateOf(key)
  return state && { ...found, state: states[state] }
}

/** Its taking back is under way, or done. One that was given up counts for nothing. */
async function isTaken(unit: Unit, message: MessageId, part: number): Promise<boolean> {
  const state = await unit.stateOf(sendKey(takingId(message), part))
  return state !== undefined && state !== 'dead' && state !== 'held'
}
