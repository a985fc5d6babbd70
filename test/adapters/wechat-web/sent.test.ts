import { describe, expect, test } from 'vitest'
import { saidIn } from '../../../adapters/wechat-web/echo.ts'
import { Sent } from '../../../adapters/wechat-web/sent.ts'
import { formatKey, loadSession, readKey } from '../../../adapters/wechat-web/session.ts'
import { key } from '../../../src/core/ids.ts'
import { picture } from '../../core/samples.ts'
import { memoryVault } from '../../support/ports.ts'

const job = (clientId: string) => ({ clientId, key: key(`send/${clientId}`) })
const hi = { kind: 'text', words: 'hi' }
const echo = { ...hi, msgId: '9', clientId: '', chat: 'c', at: 1000, payload: 'hi' }
const md5 = 'a'.repeat(32)
const shown = (kind: string, payload: string) => ({ ...echo, kind, words: '', payload })

test('what a message says is its text, or a file’s name and size', () => {
  expect(saidIn({ kind: 'text', text: 'hi' })).toEqual({ kind: 'text', words: 'hi' })
  const media = { ...picture, kind: 'file', name: '表.pdf', bytes: 7 } as const
  expect(saidIn({ kind: 'file', media })).toEqual({ kind: 'file', words: '表.pdf', bytes: 7 })
  expect(saidIn({ kind: 'image', media: picture })).toEqual({ kind: 'image', words: '' })
})

describe('what we sent', () => {
  test('is known by its id, and across a restart', async () => {
    const vault = memoryVault()
    const sent = await Sent.open(vault, '1', 0)
    await sent.begin(job('17'), 'c', hi, 1000)
    expect(sent.outcome('17', 1000)).toBe('unknown')
    await sent.done('17', '9')
    const again = await Sent.open(vault, '1', 5000)
    expect(again.outcome('17', 1000)).toEqual({ msgId: '9' })
    expect(again.isOurs('9')).toBe(true)
    expect(again.clientIdOf('9')).toBe('17')
    expect(await again.claim(echo)).toEqual({ key: 'send/17', wasUnclear: false })
  })

  test('is known in the chat that its own turned out to be, and in no other', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    await sent.begin(job('17'), 'doubtful', hi, 1000)
    expect(await sent.claim({ ...echo, wasChat: (id) => id === 'other' })).toBeUndefined()
    const claimed = await sent.claim({ ...echo, wasChat: (id) => id === 'doubtful' })
    expect(claimed).toEqual({ key: 'send/17', wasUnclear: true })
  })

  test('is known by the name we gave it, whatever it is', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    for (const [n, kind] of ['text', 'image', 'sticker', 'video', 'file'].entries()) {
      await sent.begin(job(`1700${n}`), 'c', { kind, words: 'x' }, 1000)
      const claimed = await sent.claim({
        ...echo,
        kind: 'unsupported',
        msgId: `9${n}`,
        clientId: `1700${n}`,
        at: 0,
      })
      expect(claimed).toEqual({ key: `send/1700${n}`, wasUnclear: true })
    }
  })

  test('is absent only as far back as the notes reach', async () => {
    const sent = await Sent.open(memoryVault(), '1', 5000)
    expect(sent.outcome('17', 4999)).toBe('unknown')
    expect(sent.outcome('17', 5000)).toBe('absent')
    for (let each = 0; each < 1100; each++) {
      await sent.begin(job(String(each)), 'c', hi, 6000 + each)
    }
    expect(sent.outcome('0', 6000)).toBe('unknown')
    expect(sent.outcome('new', 6050)).toBe('unknown')
    expect(sent.outcome('new', 6100)).toBe('absent')
  })

  test('an unclear text is found by its words, its chat and its time, once', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    await sent.begin(job('17'), 'c', hi, 1000)
    expect(await sent.claim({ ...echo, chat: 'd' })).toBeUndefined()
    expect(await sent.claim({ ...echo, words: 'ho' })).toBeUndefined()
    expect(await sent.claim({ ...echo, kind: 'image' })).toBeUndefined()
    expect(await sent.claim({ ...echo, at: 200_000 })).toBeUndefined()
    expect(await sent.claim({ ...echo, at: -100_000 })).toBeUndefined()
    expect(await sent.claim({ ...echo, clientId: '16700000000000000' })).toBeUndefined()
    expect(await sent.claim(echo)).toEqual({ key: 'send/17', wasUnclear: true })
    expect(await sent.claim({ ...echo, msgId: '10' })).toBeUndefined()
  })

  test('a later try of it is looked for as much later', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    expect(await sent.begin(job('17'), 'c', hi, 1000)).toBe(true)
    expect(await sent.begin(job('17'), 'c', hi, 3_600_000)).toBe(false)
    expect(await sent.claim({ ...echo, at: 3_601_000 })).toMatchObject({ wasUnclear: true })
  })

  test('two unclear ones of the same words are found by two echoes', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    await sent.begin(job('17'), 'c', hi, 1000)
    await sent.begin(job('18'), 'c', hi, 2000)
    expect(await sent.claim(echo)).toMatchObject({ key: 'send/17' })
    expect(await sent.claim({ ...echo, msgId: '10' })).toMatchObject({ key: 'send/18' })
    expect(await sent.claim({ ...echo, msgId: '11' })).toBeUndefined()
  })

  test.each(['image', 'sticker', 'video'])(
    'an unclear %s is found by the MD5 in its XML, never by being one',
    async (kind) => {
      const sent = await Sent.open(memoryVault(), '1', 0)
      await sent.begin(job('17'), 'c', { kind, words: '', md5, bytes: 7 }, 1000)
      expect(await sent.claim(shown(kind, '&lt;img md5="b"/&gt;'))).toBeUndefined()
      expect(await sent.claim(shown('text', md5))).toBeUndefined()
      expect(await sent.claim(shown(kind, `&lt;img md5="${md5.toUpperCase()}"/&gt;`))).toEqual({
        key: 'send/17',
        wasUnclear: true,
      })
    },
  )

  test('an unclear file is found by its name and size', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    const file = { kind: 'file', words: '表.pdf', bytes: 7 }
    await sent.begin(job('17'), 'c', { ...file, md5 }, 1000)
    expect(await sent.claim({ ...echo, ...file, bytes: 8 })).toBeUndefined()
    expect(await sent.claim({ ...echo, ...file, words: '图.pdf' })).toBeUndefined()
    expect(await sent.claim({ ...echo, ...file })).toMatchObject({ wasUnclear: true })
  })

  test('an echo that proved something proves it again after a restart, until WeChat itself says so', async () => {
    const vault = memoryVault()
    const sent = await Sent.open(vault, '1', 0)
    await sent.begin(job('17'), 'c', hi, 1000)
    await sent.claim(echo)
    const again = await Sent.open(vault, '1', 5000)
    expect(await again.claim(echo)).toEqual({ key: 'send/17', wasUnclear: true })
    await again.done('17', '9')
    expect(await again.claim(echo)).toEqual({ key: 'send/17', wasUnclear: false })
  })

  test('a send that surely failed claims nothing of what the phone says', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    let fail = () => {}
    const refused = new Promise<void>((_, reject) => {
      fail = () => reject(new Error('refused'))
    })
    const sending = sent.during('17', async () => {
      await sent.begin(job('17'), 'c', hi, 1000)
      await refused.catch(() => sent.undo('17'))
    })
    const claimed = sent.settled().then(() => sent.claim(echo))
    fail()
    await sending
    expect(await claimed).toBeUndefined()
  })

  test('a send that is just being made claims nothing of what the phone said before', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    const { promise: first, resolve: answerFirst } = Promise.withResolvers<void>()
    const { promise: second, resolve: answerSecond } = Promise.withResolvers<void>()
    const make = (clientId: string, words: string, answered: Promise<void>) =>
      sent.during(clientId, async () => {
        await sent.begin(job(clientId), 'c', { kind: 'text', words }, 1000)
        await answered
        await sent.done(clientId, `id of ${clientId}`)
      })
    const one = make('17', 'something else', first)
    const claimed = sent.settled().then(() => sent.claim(echo))
    const other = make('18', 'hi', second)
    answerFirst()
    await one
    expect(await claimed).toBeUndefined()
    answerSecond()
    await other
    expect(sent.outcome('18', 1000)).toEqual({ msgId: 'id of 18' })
  })

  test('what cannot be written down is not begun', async () => {
    const vault = memoryVault()
    const sent = await Sent.open(vault, '1', 0)
    const full = { ...vault, set: () => Promise.reject(new Error('the disk is full')) }
    const other = await Sent.open(full, '1', 0)
    await expect(other.begin(job('17'), 'c', hi, 1000)).rejects.toThrow('full')
    expect(other.outcome('17', 1000)).toBe('absent')
    expect(sent.outcome('17', 1000)).toBe('absent')
  })

  test('the notes hold no words, stay small, and share their writing', async () => {
    const vault = memoryVault()
    let writes = 0
    const counting = {
      ...vault,
      set: (name: string, value: string) => {
        writes += 1
        return vault.set(name, value)
      },
    }
    const sent = await Sent.open(counting, '1', 0)
    await Promise.all(
      Array.from({ length: 1200 }, (_, n) =>
        sent.begin(job(`170000000000${n}`), 'c', { kind: 'text', words: `secret ${n}` }, n),
      ),
    )
    await Promise.all(
      Array.from({ length: 1200 }, (_, n) => sent.done(`170000000000${n}`, `8305824072977${n}`)),
    )
    const note = (await vault.get('sent-1')) ?? ''
    expect(note).not.toContain('secret')
    expect(note.length).toBeLessThan(200_000)
    expect(JSON.parse(note).entries).toHaveLength(1000)
    expect(writes).toBeLessThan(10)
  })
})

describe('the cursor of a session', () => {
  test('a key of nothing is never kept (trap 32)', () => {
    expect(readKey({ Count: 0, List: [] })).toBeUndefined()
    expect(readKey({ Count: 0, List: [{ Key: 1, Val: 2 }] })).toBeUndefined()
    expect(readKey({ Count: 1, List: null })).toBeUndefined()
    expect(readKey('x')).toBeUndefined()
    const key = readKey({
      Count: 2,
      List: [
        { Key: 1, Val: 645610540 },
        { Key: 1000, Val: '7' },
      ],
    })
    expect(key && formatKey(key)).toBe('1_645610540|1000_7')
  })

  test('a session with hosts that are no origins is none', async () => {
    const vault = memoryVault()
    const hosts = {
      entry: 'https://a.example',
      file: 'https://a.example',
      push: 'https://a.example',
    }
    const key = { Count: 1, List: [{ Key: 1, Val: 2 }] }
    const good = { uin: '1', sid: 's', hosts, syncKey: key, self: { UserName: '@me' } }
    await vault.set('session', JSON.stringify(good))
    expect(await loadSession(vault)).toMatchObject({ uin: '1', checkKey: key })
    await vault.set('session', JSON.stringify({ ...good, hosts: { ...hosts, push: 'file:///x' } }))
    expect(await loadSession(vault)).toBeUndefined()
  })
})
