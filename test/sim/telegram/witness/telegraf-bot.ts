import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, Telegraf } from 'telegraf'
import { message } from 'telegraf/filters'
import { besides, type Client, type Heard, kinds } from './witness.ts'

type Deeds = Pick<Client, 'polls' | 'listens' | 'heard' | 'stops'>

/** telegraf's own way of taking updates, sorted by its filters. */
export function telegrafBot(bot: Telegraf): Deeds {
  const all: Heard[] = []
  let running: Promise<void> | undefined
  let server: Server | undefined
  bot.command(['start', 'help'], (at) => {
    all.push({ kind: 'command', ...common(at), payload: at.payload })
  })
  for (const kind of kinds.slice(1))
    bot.on(message(kind as 'text'), (at) => void all.push({ kind, ...common(at) }))
  for (const kind of besides)
    bot.on(kind, (at) => void all.push({ kind, ...common(at as Context) }))
  bot.use((at) => void all.push({ kind: 'other', update: at.update.update_id }))

  return {
    async polls() {
      running = bot.launch({ allowedUpdates: ['message', ...besides] })
      return true
    },
    async listens({ secret }) {
      bot.botInfo = await bot.telegram.getMe()
      server = createServer(bot.webhookCallback('/', { secretToken: secret }))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    },
    heard: async () => [...all],
    async stops() {
      server?.close()
      if (running !== undefined) bot.stop()
      await running
      return true
    },
  }
}

function common(at: Context): Omit<Heard, 'kind'> {
  const press = at.callbackQuery
  const data = press && 'data' in press ? press.data : undefined
  const text = data ?? at.text
  const file = press ? undefined : fileOf(at)
  return {
    update: at.update.update_id,
    ...(at.chat && { chat: at.chat.id }),
    ...(at.from && { from: at.from.id }),
    ...(!press && at.msg?.has('message_thread_id') && { thread: at.msg.message_thread_id ?? 0 }),
    ...(text !== undefined && { text }),
    ...(at.msg &&
      !press && { marks: at.entities().map((one) => [one.type, one.fragment] as const) }),
    ...(file !== undefined && { file }),
  }
}

/** `has` is telegraf's guard for what is in a message. */
function fileOf({ msg }: Context): string | undefined {
  if (!msg) return undefined
  if (msg.has('photo')) return msg.photo.at(-1)?.file_id
  if (msg.has('animation')) return msg.animation.file_id
  if (msg.has('video')) return msg.video.file_id
  if (msg.has('voice')) return msg.voice.file_id
  if (msg.has('audio')) return msg.audio.file_id
  if (msg.has('document')) return msg.document.file_id
  if (msg.has('video_note')) return msg.video_note.file_id
  return msg.has('sticker') ? msg.sticker.file_id : undefined
}
