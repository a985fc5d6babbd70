import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTelegram } from './sim/telegram/server.ts'
import type { SimOptions, TelegramSim } from './sim/telegram/sim.ts'
import { commandLine, type Ended, snapshot } from './support/command-line.ts'
import { freePort } from './support/free-port.ts'
import { tempFolder } from './support/ports.ts'

// Each look is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

let temp: Awaited<ReturnType<typeof tempFolder>>
let opened: { close(): unknown }[]
beforeEach(async () => {
  temp = await tempFolder()
  opened = []
})
afterEach(async () => {
  for (const one of opened) await one.close()
  await temp.drop()
})

/** A server of HTTP, until the end of the test. */
async function serve(handle: RequestListener): Promise<string> {
  const server: Server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({
    close() {
      server.closeAllConnections()
      server.close()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function telegram(options: SimOptions = {}): Promise<TelegramSim> {
  const sim = await startTelegram(options)
  opened.push(sim)
  return sim
}

/** On a machine that may be busy. */
const patient = ['--patience', '150']

/** `config check --online`, which changes nothing. */
async function online(sets: readonly string[], ...words: readonly string[]): Promise<Ended> {
  const before = await snapshot(temp.path)
  const ended = await commandLine(['config', 'check', '--online', ...patient, ...words], {
    cwd: temp.path,
    sets: [`data.dir=${join(temp.path, 'data')}`, 'language=en', 'web.port=0', ...sets],
  })
  expect(await snapshot(temp.path)).toEqual(before)
  expect(ended.err).toBe('')
  return ended
}

const onTelegram = ({ apiRoot, token }: Pick<TelegramSim, 'apiRoot' | 'token'>) => [
  `telegram.apiRoot=${apiRoot}`,
  `telegram.token=${token}`,
]

const hour = 3_600_000

test.each([
  { by: hour, words: 'is 1 hour behind that of' },
  { by: -hour, words: 'is 1 hour ahead of that of' },
])('a clock that is an hour off is told: it $words another', async ({ by, words }) => {
  const url = await serve((_, response) => {
    response.setHeader('date', new Date(Date.now() + by).toUTCString())
    response.end()
  })
  const { code, out } = await online(['wechat.connector=web', `wechat.web.loginBase=${url}`])
  expect(out).toContain(`✗ The clock ${words} 127.0.0.1:`)
  expect(out).toContain('→ Let the system keep the time')
  expect(code).toBe(1)
})

test('values come first, and what is outside after them', async () => {
  // Of an answer that never ends no more than its beginning is waited for.
  const url = await serve((_, response) => response.write('welcome'))
  const sets = ['wechat.connector=web', `wechat.web.loginBase=${url}`]
  const { code, out } = await online(sets)
  expect(out).toMatch(/web\.port = 0 {2}\(--set\)[\s\S]*\n\n✓ Web WeChat/)
  expect(code).toBe(0)
  const json = JSON.parse((await online(sets, '--json')).out)
  expect(json.values).toContainEqual({ path: 'web.port', value: 0, origin: '--set' })
  expect(json.values).toContainEqual({ path: 'telegram.token', set: false, origin: 'default' })
  expect(json.findings).toContainEqual({ level: 'ok', what: 'The clock is right' })
})

test('a bot that may do everything is found so', async () => {
  const sim = await telegram()
  const { code, out } = await online(onTelegram(sim))
  expect(out).toContain(`✓ Telegram: the bot is @${sim.bot.username}`)
  expect(out).toContain('✓ Telegram: the private chat may have topics')
  expect(out).not.toContain(sim.token)
  expect(code).toBe(0)
  expect(sim.calls.map(({ method }) => method)).toEqual(['getMe', 'getWebhookInfo'])
})

test('a wrong token is told, and not printed', async () => {
  const sim = await telegram()
  const token = `123456:${'w'.repeat(35)}`
  const { code, out } = await online(onTelegram({ ...sim, token }))
  expect(out).toContain("✗ Telegram: it does not know the bot's token.")
  expect(out).not.toContain(token)
  expect(code).toBe(1)
})

test('privacy mode and a lack of topics are told as far as they matter', async () => {
  const sim = await telegram({ readsGroups: false, privateTopics: false })
  const { code, out } = await online(onTelegram(sim))
  expect(out).toContain('· Telegram: privacy mode is on')
  expect(out).toContain('/setprivacy → Disable with @BotFather')
  expect(out).toContain('· Telegram: the bot has no topics in its private chat.')
  expect(code).toBe(0)
  const needed = await online([...onTelegram(sim), 'telegram.place=private'])
  expect(needed.out).toContain('✗ Telegram: the bot has no topics in its private chat.')
  expect(needed.code).toBe(1)
})

test('a webhook of somebody else is told by its host, one of our own is not', async () => {
  const sim = await telegram()
  const theirs = `http://127.0.0.1:${await freePort()}/secret-path`
  const set = await fetch(`${sim.apiRoot}/bot${sim.token}/setWebhook?url=${theirs}`)
  expect(set.ok).toBe(true)
  const { code, out } = await online(onTelegram(sim))
  expect(out).toMatch(/✗ Telegram: what is written to the bot goes elsewhere \(127\.0\.0\.1:\d+\)/)
  expect(out).not.toContain('secret-path')
  expect(code).toBe(1)
  const ours = await online([...onTelegram(sim), `telegram.webhook.url=${theirs}`])
  expect(ours.out).not.toContain('goes elsewhere')
  expect(ours.code).toBe(0)
})

test('where Telegram or its proxy cannot be reached, the right one is named', async () => {
  const sim = await telegram()
  const nobody = `http://127.0.0.1:${await freePort()}`
  const away = await online(onTelegram({ ...sim, apiRoot: nobody }))
  expect(away.out).toContain('✗ Telegram: Telegram cannot be reached (ECONNREFUSED).')
  expect(away.out).toContain('if not, set telegram.proxy.')
  const proxied = await online([...onTelegram(sim), `telegram.proxy=${nobody}`])
  expect(proxied.out).toContain('→ See whether telegram.proxy is right')
  expect([away.code, proxied.code]).toEqual([1, 1])
})

test('a way into WeChat that is down is told', async () => {
  const nobody = `127.0.0.1:${await freePort()}`
  const secret = 's'.repeat(20)
  const gateway = await online([
    'wechat.connector=http',
    `wechat.http.gateway=http://${nobody}`,
    `wechat.http.secret=${secret}`,
  ])
  expect(gateway.out).toContain(`✗ The gateway http://${nobody} cannot be reached`)
  expect(gateway.out).toContain('→ Start the gateway, or mend wechat.http.gateway.')
  expect(gateway.code).toBe(1)
  const cdn = await serve((_, response) => response.write('welcome'))
  const ilink = await online([
    'wechat.connector=ilink',
    `wechat.ilink.loginBase=http://${nobody}`,
    `wechat.ilink.cdnBase=${cdn}`,
  ])
  expect(ilink.out).toContain(
    `✗ WeChat's official bot: ${nobody} cannot be reached (ECONNREFUSED).`,
  )
  expect(ilink.code).toBe(1)
  const puppet = await online([
    'wechat.connector=puppet',
    `wechat.puppet.endpoint=${nobody}`,
    'wechat.puppet.token=puppet_0123456789abcdef',
  ])
  expect(puppet.out).toContain('✓ Wechaty: wechaty-puppet-service is installed')
  expect(puppet.out).toContain(`✗ Wechaty: the gateway ${nobody} cannot be reached (ECONNREFUSED).`)
  expect(puppet.code).toBe(1)
})

test('a gateway that does not take the signature is told from one that speaks otherwise', async () => {
  const gateway = async (status: number, body: unknown) => {
    const url = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
    const secret = 's'.repeat(20)
    const { out } = await online([
      'wechat.connector=http',
      `wechat.http.gateway=${url}`,
      `wechat.http.secret=${secret}`,
    ])
    expect(out).not.toContain(secret)
    return out
  }
  expect(await gateway(401, { error: 'signature' })).toContain(
    "does not take the bridge's signature.",
  )
  expect(await gateway(200, { hello: 'world' })).toContain(
    'does not speak the protocol of a gateway',
  )
})
