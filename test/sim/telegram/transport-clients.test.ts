import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Bot, GrammyError, InputFile, webhookCallback } from 'grammy'
import { Telegraf, TelegramError } from 'telegraf'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type Stage, stage } from './transport-stage.ts'

/** Clients we did not write are the witnesses that this is the Bot API's transport (real-parts §4). */
interface Client {
  readonly name: string
  /** Asks for updates until stopped, and answers each text in its chat. */
  polls(at: Stage, seen: string[]): Promise<{ stop(): Promise<void> }>
  /** Takes updates that are brought, and answers each in the same response, by a call that telegraf does so too. */
  hook(at: Stage, secret: string): RequestListener
  uploads(at: Stage, bytes: Buffer, name: string): Promise<unknown>
  album(at: Stage, files: readonly Buffer[]): Promise<unknown>
  /** Sends until that is refused: the seconds to wait, as the client understood. */
  floods(at: Stage): Promise<number | undefined>
}

const grammy: Client = {
  name: 'grammY',

  async polls(at, seen) {
    const bot = grammyBot(at)
    bot.on('message:text', async (context) => {
      seen.push(context.message.text)
      await context.reply('heard')
    })
    const running = bot.start({ timeout: 20 })
    return {
      stop: async () => {
        await bot.stop()
        await running
      },
    }
  },

  hook(at, secret) {
    const bot = new Bot(at.sim.token, {
      client: { apiRoot: at.sim.apiRoot, canUseWebhookReply: () => true },
      botInfo: grammyInfo(at),
    })
    bot.on('message:text', async (context) => {
      await context.replyWithChatAction('typing')
    })
    return webhookCallback(bot, 'http', { secretToken: secret })
  },

  uploads: (at, bytes, name) =>
    grammyBot(at).api.sendDocument(7, new InputFile(bytes, name), {
      reply_parameters: { message_id: 3 },
    }),

  album: (at, files) =>
    grammyBot(at).api.sendMediaGroup(
      7,
      files.map((bytes) => ({ type: 'document' as const, media: new InputFile(bytes, 'a') })),
    ),

  async floods(at) {
    try {
      for (;;) await grammyBot(at).api.sendMessage(7, 'x')
    } catch (error) {
      return error instanceof GrammyError ? error.parameters.retry_after : undefined
    }
  },
}

const telegraf: Client = {
  name: 'telegraf',

  async polls(at, seen) {
    const bot = telegrafBot(at)
    bot.on('text', async (context) => {
      seen.push(context.message.text)
      await context.reply('heard')
    })
    const running = bot.launch()
    return {
      stop: async () => {
        bot.stop()
        await running
      },
    }
  },

  hook(at, secret) {
    const bot = telegrafBot(at)
    bot.on('text', (context) => context.sendChatAction('typing'))
    return bot.webhookCallback('/', { secretToken: secret })
  },

  uploads: (at, bytes, name) =>
    telegrafBot(at).telegram.sendDocument(7, { source: bytes, filename: name }),

  album: (at, files) =>
    telegrafBot(at).telegram.sendMediaGroup(
      7,
      files.map((source) => ({ type: 'document' as const, media: { source, filename: 'a' } })),
    ),

  async floods(at) {
    try {
      for (;;) await telegrafBot(at).telegram.sendMessage(7, 'x')
    } catch (error) {
      return error instanceof TelegramError ? error.parameters?.retry_after : undefined
    }
  },
}

const grammyBot = (at: Stage) => new Bot(at.sim.token, { client: { apiRoot: at.sim.apiRoot } })
const telegrafBot = (at: Stage) =>
  new Telegraf(at.sim.token, { telegram: { apiRoot: at.sim.apiRoot, webhookReply: true } })

const grammyInfo = ({ sim: { bot } }: Stage) =>
  ({ id: bot.id, is_bot: true, first_name: bot.name, username: bot.username }) as Bot['botInfo']

for (const client of [grammy, telegraf]) {
  test(`${client.name} asks for updates, answers them and confirms them`, async () => {
    const at = await stage({ limits: false })
    const seen: string[] = []
    const bot = await client.polls(at, seen)
    at.told('one')
    await until(() => seen.length === 1)
    at.told('two')
    await until(() => at.sim.waiting === 0)
    expect(seen).toEqual(['one', 'two'])
    await until(() => at.reached.length === 2)
    expect(at.reached[0]?.params).toMatchObject({ text: 'heard' })
    await bot.stop()
  })

  test(`${client.name} asks on after the server was away`, async () => {
    const at = await stage()
    const seen: string[] = []
    const bot = await client.polls(at, seen)
    at.told('one')
    await until(() => at.sim.waiting === 0)
    at.sim.fails({ method: 'getUpdates', what: { status: 429, retryAfter: 1 } })
    at.told('two')
    at.told('three')
    await until(() => at.sim.waiting === 0)
    expect(new Set(seen)).toEqual(new Set(['one', 'two', 'three']))
    await bot.stop()
  })

  test(`${client.name} takes updates that are brought, and answers within the response`, async () => {
    const at = await stage()
    const server = createServer(client.hook(at, 'secret'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await at.call('setWebhook', { url, secret_token: 'wrong' })
    at.told('one')
    await until(async () => {
      const { body } = await at.call('getWebhookInfo')
      return JSON.stringify(body).includes('Wrong response from the webhook: 40')
    })
    expect(at.reached).toEqual([])
    await at.call('setWebhook', { url, secret_token: 'secret' })
    await until(() => at.reached.length === 1)
    expect(at.reached[0]).toMatchObject({ method: 'sendChatAction', params: { action: 'typing' } })
    // Had it been a request of its own, the update would not have been taken yet.
    expect(at.sim.waiting).toBe(0)
  })

  test(`${client.name} sends files, alone and in albums`, async () => {
    const at = await stage({ limits: false })
    const bytes = Buffer.alloc(300_000, 7)
    await client.uploads(at, bytes, '名 1.txt')
    await client.album(at, [Buffer.from('1'), Buffer.from('2')])
    const [one, album] = at.reached
    const [file] = [...(one?.files.values() ?? [])]
    expect(file?.name).toBe('名 1.txt')
    expect(file?.bytes.equals(bytes)).toBe(true)
    expect([...(album?.files.values() ?? [])].map((each) => `${each.bytes}`)).toEqual(['1', '2'])
  })

  test(`${client.name} understands that it is too fast`, async () => {
    expect(await client.floods(await stage())).toBe(3)
  })
}
