import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Bot, type Context, type FilterQuery, webhookCallback } from 'grammy'
import { besides, type Client, type Heard, kinds } from './witness.ts'

type Deeds = Pick<Client, 'polls' | 'listens' | 'heard' | 'stops'>

/** grammY's own way of taking updates, sorted by its filter queries. */
export function grammyBot(bot: Bot): Deeds {
  const all: Heard[] = []
  let running: Promise<void> | undefined
  let server: Server | undefined
  bot.command(['start', 'help'], (at) => {
    const payload = typeof at.match === 'string' ? at.match : ''
    all.push({ kind: 'command', ...common(at), payload })
  })
  for (const kind of kinds.slice(1))
    bot.on(`message:${kind}` as FilterQuery, (at) => void all.push({ kind, ...common(at) }))
  for (const kind of besides)
    bot.on(kind as FilterQuery, (at) => void all.push({ kind, ...common(at) }))
  bot.use((at) => void all.push({ kind: 'other', update: at.update.update_id }))

  return {
    async polls() {
      running = bot.start({ timeout: 20, allowed_updates: ['message', ...besides] })
      return true
    },
    async listens({ secret }) {
      await bot.init()
      server = createServer(webhookCallback(bot, 'http', { secretToken: secret }))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    },
    heard: async () => [...all],
    async stops() {
      server?.close()
      if (running !== undefined) await bot.stop()
      await running
      return true
    },
  }
}

function common(at: Context): Omit<Heard, 'kind'> {
  const { msg, callbackQuery: press } = at
  const text = press?.data ?? msg?.text ?? msg?.caption
  const file =
    msg?.photo?.at(-1) ??
    msg?.animation ??
    msg?.video ??
    msg?.voice ??
    msg?.audio ??
    msg?.document ??
    msg?.video_note ??
    msg?.sticker
  return {
    update: at.update.update_id,
    ...(at.chatId !== undefined && { chat: at.chatId }),
    ...(at.from && { from: at.from.id }),
    ...(msg?.message_thread_id !== undefined && { thread: msg.message_thread_id }),
    ...(text !== undefined && { text }),
    ...(msg && !press && { marks: at.entities().map((one) => [one.type, one.text] as const) }),
    ...(file && { file: file.file_id }),
  }
}
