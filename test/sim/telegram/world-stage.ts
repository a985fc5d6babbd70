import { onTestFinished } from 'vitest'
import { startTelegram } from './server.ts'
import type { SimOptions, SimUser, TelegramSim } from './sim.ts'

interface Answer {
  readonly ok: boolean
  readonly result?: unknown
  readonly error_code?: number
  readonly description?: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

type Params = Readonly<Record<string, unknown>> | FormData

/** The whole simulator, as a bot and people see it, with a clock that stands still. */
export interface WorldStage {
  readonly sim: TelegramSim
  readonly clock: { at: number }
  readonly ann: SimUser
  /** Ann's private chat with the bot, begun. */
  readonly chat: number
  /** The result of a call that is expected to work. */
  ok<T = Record<string, never>>(method: string, params?: Params): Promise<T>
  /** What a call is refused with: its code and description. */
  refused(method: string, params?: Params): Promise<string>
  answer(method: string, params?: Params): Promise<Answer>
  fetched(path: string): Promise<Response>
}

export async function worldStage(options: SimOptions = {}): Promise<WorldStage> {
  const clock = { at: Date.UTC(2026, 10, 21, 12), now: () => clock.at }
  const sim = await startTelegram({ clock, limits: false, ...options })
  onTestFinished(() => sim.close())
  const ann = sim.user('Ann', { username: 'ann_b' })
  const chat = await ann.starts()
  const answer = async (method: string, params: Params = {}): Promise<Answer> => {
    const isForm = params instanceof FormData
    const response = await fetch(`${sim.apiRoot}/bot${sim.token}/${method}`, {
      method: 'POST',
      body: isForm ? params : JSON.stringify(params),
      ...(!isForm && { headers: { 'content-type': 'application/json' } }),
    })
    return (await response.json()) as Answer
  }
  return {
    sim,
    clock,
    ann,
    chat,
    answer,
    async ok<T>(method: string, params?: Params) {
      const said = await answer(method, params)
      if (!said.ok) throw new Error(`${method}: ${said.description}`)
      return said.result as T
    },
    async refused(method, params) {
      const said = await answer(method, params)
      if (said.ok) throw new Error(`${method} was not refused: ${JSON.stringify(said.result)}`)
      return `${said.error_code} ${said.description}`
    },
    fetched: (path) => fetch(`${sim.apiRoot}/file/bot${sim.token}/${path}`),
  }
}

/** A request with files in it. */
export function form(
  fields: Readonly<Record<string, string | number | object>>,
  files: Readonly<
    Record<string, { readonly bytes: Uint8Array; readonly name: string; readonly mime?: string }>
  >,
): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields))
    made.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  for (const [name, file] of Object.entries(files))
    made.set(name, new Blob([new Uint8Array(file.bytes)], { type: file.mime ?? '' }), file.name)
  return made
}

/** The last update, without its number. */
export function lastUpdate(sim: TelegramSim): Record<string, unknown> {
  const { update_id: _, ...update } = sim.updates.at(-1) ?? { update_id: 0 }
  return update
}

/** The first bytes of a PNG: enough for its size to be read. */
export function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32BE(0x89504e47, 0)
  bytes.writeUInt32BE(0x0d0a1a0a, 4)
  bytes.write('IHDR', 12, 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}
