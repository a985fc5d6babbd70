import type { Message, Update } from '@grammyjs/types'
import { onTestFinished } from 'vitest'
import { composeTelegram } from './compose.ts'
import { bad, type Call } from './method.ts'
import type { NewUpdate, WorldPorts } from './seam.ts'
import type { SimOptions, TelegramSim } from './sim.ts'

/** What the Bot API answers: `{ok, result}` or `{ok: false, ...}`, and the status it came with. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly ok: boolean
    readonly result?: unknown
    readonly error_code?: number
    readonly description?: string
    readonly parameters?: { readonly retry_after?: number }
  }
}

/** The transport around a world in which nothing happens but what a test does. */
export interface Stage {
  readonly sim: TelegramSim
  readonly clock: { at: number; now(): number }
  /** Calls that got as far as the world. */
  readonly reached: Call[]
  push(update: NewUpdate): Update | undefined
  /** A message in this chat: the update's number. */
  told(text: string, chat?: number): number
  url(method: string): string
  /** Calls a method by POST with JSON. */
  call(method: string, params?: object, signal?: AbortSignal): Promise<Answer>
  post(method: string, body: FormData | URLSearchParams | string, type?: string): Promise<Answer>
}

export const fileBytes = Buffer.from('0123456789'.repeat(1000))

export async function stage(options: SimOptions = {}): Promise<Stage> {
  const clock = { at: Date.UTC(2026, 10, 21, 12), now: () => clock.at }
  const reached: Call[] = []
  let ports: WorldPorts | undefined
  const echo = (call: Call) => {
    reached.push(call)
    return {
      method: call.method,
      params: call.params,
      files: [...call.files.values()].map(({ bytes, ...file }) => ({ ...file, text: `${bytes}` })),
    }
  }
  const sim = await composeTelegram({ clock, ...options }, (given) => {
    ports = given
    return {
      methods: {
        getMe: () => ({ ...given.bot, is_bot: true }),
        getChat: () => {
          throw bad('chat not found')
        },
        sendMessage: (call) => {
          if (call.params.text === 'refused') throw bad('message text is empty')
          return echo(call)
        },
        sendDocument: echo,
        sendMediaGroup: echo,
        sendChatAction: echo,
        editMessageText: echo,
        forwardMessages: echo,
      },
      file: (path) => (path === 'documents/file 1.txt' ? { bytes: fileBytes } : undefined),
      chat: (id) => (id === '@forum' ? { id: '-1009', group: true } : undefined),
      user: () => {
        throw new Error('Nobody lives here')
      },
      setPrivateTopics: () => undefined,
    }
  })
  onTestFinished(() => sim.close())

  const url = (method: string) => `${sim.apiRoot}/bot${sim.token}/${method}`
  const asked = async (method: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url(method), { method: 'POST', ...init })
    const { status, headers } = response
    return { status, headers, body: (await response.json()) as Answer['body'] }
  }
  const push = (update: NewUpdate) => ports?.push(update)
  return {
    sim,
    clock,
    reached,
    push,
    told: (text, chat = 7) => push(saying(text, chat))?.update_id ?? 0,
    url,
    call: (method, params = {}, signal) =>
      asked(method, {
        body: JSON.stringify(params),
        headers: { 'content-type': 'application/json' },
        ...(signal && { signal }),
      }),
    post: (method, body, type) =>
      asked(method, { body, ...(type !== undefined && { headers: { 'content-type': type } }) }),
  }
}

/** Messages of the world above are no more than this. */
const saying = (text: string, chat: number): NewUpdate => ({
  message: { message_id: 1, date: 0, chat: { id: chat, type: 'private' }, text } as Message &
    Update.NonChannel,
})

/** Lets what has come in over sockets be dealt with: a call of its own goes there and back. */
export const roundTrip = (at: Stage): Promise<Answer> => at.call('getMe')
