import { describe, expect, it, onTestFinished } from 'vitest'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import { createLoginCode } from '../../../adapters/telegram/login-code.ts'
import type { People } from '../../../adapters/telegram/people.ts'
import { accountId, contactId } from '../../../src/core/ids.ts'
import type { Language } from '../../../src/core/words.ts'
import type { Login } from '../../../src/ports/wechat.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

const scan = (qr: string): Login => ({ state: 'scan', qr, attempt: 1 })
const scanned: Login = { state: 'scanned' }
const online: Login = {
  state: 'online',
  account: accountId('me'),
  me: { id: contactId('me'), name: 'Anna' },
}
const first = scan('https://login.weixin.qq.com/l/first==')
const second = scan('https://login.weixin.qq.com/l/second==')

async function world() {
  const sim = await startTelegram({ limits: false })
  onTestFinished(() => sim.close())
  const anna = sim.user('Anna')
  const chat = await anna.starts()
  const api = createTelegramApi({ token: sim.token, apiRoot: sim.apiRoot }, { clock: realClock })
  const vault = memoryVault()
  const slept: number[] = []
  const clock = { ...realClock, sleep: async (ms: number) => void slept.push(ms) }
  const voice: { language: Language; timezone: string } = { language: 'zh', timezone: 'UTC' }
  const w = {
    sim,
    anna,
    chat,
    vault,
    slept,
    voice,
    owner: String(anna.id) as string | undefined,
    run: () => {
      const people = { owner: () => w.owner } as unknown as People
      const show = createLoginCode({ api, people, voice, vault, clock, log: memoryLog() })
      return (login: Login) => show(login, AbortSignal.timeout(10_000))
    },
    /** A new run each time: all that is known is in the vault. */
    shows: (login: Login): Promise<void> => w.run()(login),
    sees: () => anna.sees(chat).filter((message) => message.from?.is_bot),
    calls: () => sim.calls.map((call) => call.method),
  }
  return w
}

describe('the code to log in with', () => {
  it('is shown to the owner as a picture that says what to do with it', async () => {
    const w = await world()
    await w.shows(first)
    const [message, ...more] = w.sees()
    expect(more).toEqual([])
    expect(message?.caption).toMatch(/微信.*扫/)
    const bytes = Buffer.from(w.anna.bytesOf(message!))
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    w.voice.language = 'en'
    await w.shows(second)
    expect(w.sees()[0]?.caption).toMatch(/WeChat.*[Ss]can/)
  })

  it('is changed in place when there is a new one, and not when there is none', async () => {
    const w = await world()
    await w.shows(first)
    const [old] = w.sees()
    const before = Buffer.from(w.anna.bytesOf(old!))
    const calls = w.calls().length
    await w.shows(first)
    expect(w.calls()).toHaveLength(calls)
    await w.shows(second)
    const [now, ...more] = w.sees()
    expect([now?.message_id, more]).toEqual([old?.message_id, []])
    expect(Buffer.from(w.anna.bytesOf(now!)).equals(before)).toBe(false)
  })

  it('says when it was scanned, and goes when it was used', async () => {
    const w = await world()
    await w.shows(first)
    const [code] = w.sees()
    await w.shows(scanned)
    const [now] = w.sees()
    expect([now?.message_id, now?.caption]).toEqual([
      code?.message_id,
      expect.stringMatching(/已扫描/),
    ])
    await w.shows(online)
    expect(w.sees()).toEqual([])
    expect(w.vault.entries.size).toBe(0)
    const calls = w.calls().length
    await w.shows(online)
    expect(w.calls()).toHaveLength(calls)
  })

  it('goes when it is over, also where somebody took it away before', async () => {
    const w = await world()
    const offline: Login = { state: 'offline', reason: 'expired' as never, relogin: true }
    await w.shows(first)
    await w.anna.deletes(w.chat, w.sees()[0]!.message_id)
    await w.shows(offline)
    await w.shows(second)
    expect(w.sees()).toHaveLength(1)
    await w.shows(offline)
    expect(w.sees()).toEqual([])
  })

  it('is shown anew where the old one was taken away', async () => {
    const w = await world()
    await w.shows(first)
    await w.anna.deletes(w.chat, w.sees()[0]!.message_id)
    await w.shows(second)
    expect(w.sees().map((message) => message.photo !== undefined)).toEqual([true])
    await w.anna.deletes(w.chat, w.sees()[0]!.message_id)
    await w.shows(scanned)
    expect(w.sees()[0]?.text).toMatch(/已扫描/)
    await w.shows(first)
    expect(w.sees().map((message) => message.photo !== undefined)).toEqual([true])
  })

  it('says that it is over where it is too old to be deleted', async () => {
    const w = await world()
    await w.shows(first)
    const description = "Bad Request: message can't be deleted for everyone"
    w.sim.fails({ method: 'deleteMessage', what: { status: 400, description } })
    await w.shows(online)
    expect(w.sees()[0]?.caption).toMatch(/已失效/)
    expect(w.vault.entries.size).toBe(0)
  })

  it('is one, also where it is to be shown at the same time', async () => {
    const w = await world()
    const show = w.run()
    w.sim.fails({ method: 'sendPhoto', what: { status: 502 } })
    const all = await Promise.allSettled([show(first), show(first), show(second), show(second)])
    expect(all.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(w.sees()).toHaveLength(1)
    expect(w.calls()).toEqual(['sendPhoto', 'sendPhoto', 'editMessageMedia'])
  })

  it('is kept nowhere but as a hash', async () => {
    const w = await world()
    await w.shows(first)
    const kept = [...w.vault.entries.values()].join()
    expect(kept).toMatch(/scan\/[0-9a-f]{64}/)
    expect(kept).not.toContain('weixin')
    expect(kept).not.toContain('first')
  })

  it('waits as long as Telegram asks for', async () => {
    const w = await world()
    w.sim.fails({ method: 'sendPhoto', what: { status: 429, retryAfter: 3 } })
    await w.shows(first)
    w.sim.fails({ method: 'editMessageMedia', times: 2, what: { status: 429, retryAfter: 5 } })
    await w.shows(second)
    expect(w.slept.filter((ms) => ms % 1000 === 0 && ms < 10_000)).toEqual([3000, 5000, 5000])
    expect(w.sees()).toHaveLength(1)
  })

  it('is shown to nobody while nobody owns the bot', async () => {
    const w = await world()
    w.owner = undefined
    await expect(w.shows(first)).rejects.toMatchObject({ failure: { heal: 'retry' } })
    await w.shows(online)
    expect(w.calls()).toEqual([])
    w.owner = String(w.anna.id)
    await w.shows(first)
    expect(w.sees()).toHaveLength(1)
  })

  it('is shown although what was kept cannot be read', async () => {
    const w = await world()
    w.vault.entries.set('login-code', '{"shown":5,"message":{"chat":"x","number":1}}')
    await w.shows(first)
    expect(w.sees()).toHaveLength(1)
  })
})
