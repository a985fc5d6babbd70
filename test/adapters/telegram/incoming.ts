import { readFile } from 'node:fs/promises'
import type { Message, Update, User } from '@grammyjs/types'
import { isGroup, roomOfAddress } from '../../../adapters/telegram/address.ts'
import type { Arguments, MethodName, Result, TelegramApi } from '../../../adapters/telegram/api.ts'
import type { Parts } from '../../../adapters/telegram/parts.ts'
import type { Presented } from '../../../adapters/telegram/people.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import type { Role } from '../../../src/core/hub.ts'
import { hubId, type RoomId } from '../../../src/core/ids.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

export const owner: User = { id: 7, is_bot: false, first_name: 'Ann', last_name: 'Lee' }
export const someone: User = { id: 8, is_bot: false, first_name: 'Bob', language_code: 'en' }
export const group = -1001234567890
export const strange = -1009876543210
export const thread = 33

/** What a person says to the bot in private, as an update. */
export function update(fields: Partial<Message>, from: User = owner): Update {
  const base = {
    message_id: 100,
    date: 1_700_000_000,
    from,
    chat: { id: from.id, type: 'private', first_name: from.first_name },
  }
  return { update_id: 1, message: { ...base, ...fields } } as Update
}

export const inGroup = (chat: number): Partial<Message> => ({
  chat: { id: chat, type: 'supergroup', title: 'Family' },
})

export const inTopic: Partial<Message> = {
  chat: { id: owner.id, type: 'private', first_name: 'Ann' },
  message_thread_id: thread,
  is_topic_message: true,
}

/** The same message, changed. */
export function edited(of: Update, fields: Partial<Message>): Update {
  return {
    update_id: 2,
    edited_message: { ...of.message, edit_date: 1_700_000_060, ...fields },
  } as Update
}

/** What stands around the ingress: who there is, which places, and a Telegram that has files. */
export function surroundings() {
  const roles = new Map<string, Role>([[String(owner.id), 'owner']])
  const codes = new Map<string, Presented>()
  const told = new Set<number>()
  const seen: string[] = []
  const calls: { readonly method: string; readonly args: unknown }[] = []
  const files = new Map<string, Uint8Array | Error>()
  const fetched: string[] = []
  const own = new Set<RoomId>([roomOfAddress({ chat: String(group) })])
  const voice: { language: 'zh' | 'en'; timezone: string } = {
    language: 'en',
    timezone: 'Asia/Shanghai',
  }
  const state = { owned: true, refuses: false, happened: false as boolean | Error }

  const api: TelegramApi = {
    async call<M extends MethodName>(method: M, args: Arguments<M>): Promise<Result<M>> {
      calls.push({ method, args })
      if (state.refuses) {
        throw new BridgeError('no', { code: 'network', heal: 'retry', certain: true })
      }
      return true as Result<M>
    },
    async file(fileId) {
      fetched.push(fileId)
      const found = files.get(fileId)
      if (found instanceof Uint8Array) return { stream: pieces(found), bytes: found.byteLength }
      throw found ?? new BridgeError('gone', { code: 'gone', heal: 'never', certain: true })
    },
  }
  const known = { id: '99', username: 'WeBot', topics: true, readsGroups: true }
  const log = memoryLog()
  const parts = {
    hub: hubId('telegram'),
    options: {},
    voice,
    api,
    patient: api,
    bot: { known: () => known, info: async () => known, refresh: async () => known },
    vault: memoryVault(),
    clock: realClock,
    random: Math.random,
    log,
    trace: () => undefined,
    changed: () => undefined,
    people: {
      owner: () => (state.owned ? String(owner.id) : undefined),
      roleOf: (from: string) => roles.get(from),
      present: async (word: string): Promise<Presented> => codes.get(word) ?? 'none',
      seen: (user: User) => void seen.push(String(user.id)),
      stranger: async (user: User) => !told.has(user.id) && told.add(user.id) !== undefined,
    },
    places: {
      roomAt: (spot: Message) =>
        roomOfAddress({
          chat: String(spot.chat.id),
          ...(spot.is_topic_message && { thread: String(spot.message_thread_id) }),
        }),
      isOurs: (room: RoomId) => own.has(room) || !isGroup({ chat: room }),
      happened: async () => {
        if (state.happened instanceof Error) throw state.happened
        return state.happened
      },
    },
  } as unknown as Parts

  return { parts, roles, codes, seen, calls, files, fetched, own, voice, state, log }
}

/** As bytes come from a network. */
export function pieces(bytes: Uint8Array, failsAt?: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (failsAt !== undefined && at >= failsAt) {
        const failure = { code: 'network', heal: 'retry', certain: true } as const
        return controller.error(new BridgeError('broken', failure))
      }
      if (at >= bytes.byteLength) return controller.close()
      controller.enqueue(bytes.subarray(at, at + 1000))
      at += 1000
    },
  })
}

export const fixture = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`../convert/fixtures/${name}`, import.meta.url))

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
