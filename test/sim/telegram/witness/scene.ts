import type { Message } from '@grammyjs/types'
import { expect, onTestFinished } from 'vitest'
import { startTelegram } from '../server.ts'
import type { SimOptions, SimUser, TelegramSim } from '../sim.ts'
import { type Client, ClientError, type Lack, type Refusal, type Witness } from './witness.ts'

/** One thing that any client is to see in the same way, each time at a fresh simulator. */
export interface Step {
  /** `<client> …` */
  readonly says: string
  readonly needs?: Lack
  readonly options?: SimOptions
  run(at: Scene): Promise<void>
}

/** A client at a simulator, beside the person whose private chat with the bot has begun. */
export interface Scene {
  readonly witness: Witness
  readonly client: Client
  readonly sim: TelegramSim
  /** Stands still. */
  readonly clock: { at: number }
  readonly ann: SimUser
  readonly chat: number
  /** A message as Ann sees it now, once the client's parsed version was found to be the same. */
  agreed(told: Message, chat?: number): Message
  /** The deed is refused so, and the client says so in its own way. */
  refused(deed: Promise<unknown>, refusal: Refusal): Promise<void>
  /** 400, `Bad Request: ` and these words. */
  bad(deed: Promise<unknown>, words: string): Promise<void>
  /** Another connection. */
  again(token?: string): Promise<Client>
}

export async function scene(witness: Witness, options: SimOptions = {}): Promise<Scene> {
  const clock = { at: Date.UTC(2026, 10, 21, 12), now: () => clock.at }
  const sim = await startTelegram({ clock, limits: false, ...options })
  onTestFinished(() => sim.close())
  const ann = sim.user('Ann', { username: 'ann_b', language: 'zh' })
  const chat = await ann.starts()
  const again = (token = sim.token) => witness.connect(sim.apiRoot, token)
  const client = await again()
  // What began the chat is no part of any step.
  const [start] = sim.updates
  await client.updates({ offset: (start?.update_id ?? 0) + 1 })

  const refused = async (deed: Promise<unknown>, refusal: Refusal) => {
    const error = await deed.then(
      (told) => new Error(`It was not refused: ${JSON.stringify(told)}`),
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof ClientError)) throw error
    expect(error.said).toEqual(witness.sayingOf(refusal))
  }

  return {
    witness,
    client,
    sim,
    clock,
    ann,
    chat,
    again,
    refused,
    bad: (deed, words) => refused(deed, { code: 400, description: `Bad Request: ${words}` }),
    agreed(told, where = chat) {
      const kept = ann.sees(where).find((one) => one.message_id === told.message_id)
      expect(kept, `message ${told.message_id} in chat ${where}`).toBeDefined()
      sameMessage(witness, told, kept as Message)
      return kept as Message
    },
  }
}

/** All that the client has parsed is so, and it has parsed all that it knows. */
export function sameMessage(witness: Witness, told: Message, kept: Message): void {
  const { marks: _, ...parsed } = told as Message & { readonly marks?: unknown }
  if (witness.unknown.length === 0) {
    expect(parsed).toEqual(kept)
    return
  }
  const bare = filled(parsed) as Record<string, unknown>
  expect(kept).toMatchObject(bare)
  const left = Object.keys(kept).filter((key) => !(key in bare) && !witness.unknown.includes(key))
  expect(left, 'what the client has left out').toEqual([])
}

/** Without what a client fills in by itself where the answer has nothing. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(
    ([, one]) => one !== false && one !== null && !(Array.isArray(one) && one.length === 0),
  )
  return Object.fromEntries(entries.map(([key, one]) => [key, filled(one)]))
}

/** What is marked in a text that was sent, as the client cuts it out, or by UTF-16 units where it does not. */
export function marksOf(told: Message): readonly (readonly [string, string])[] {
  const { marks } = told as Message & { readonly marks?: readonly (readonly [string, string])[] }
  if (marks) return marks
  const text = told.text ?? told.caption ?? ''
  const entities = told.entities ?? told.caption_entities ?? []
  return entities.map((one) => [one.type, text.slice(one.offset, one.offset + one.length)])
}
