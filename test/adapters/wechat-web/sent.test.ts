import { describe, expect, test } from 'vitest'
import { Sent } from '../../../adapters/wechat-web/sent.ts'
import { formatKey, loadSession, readKey } from '../../../adapters/wechat-web/session.ts'
import { key } from '../../../src/core/ids.ts'
import { memoryVault } from '../../support/ports.ts'

const job = (clientId: string) => ({ clientId, key: key(`send/${clientId}`) })
const echo = { msgId: '9', clientId: '', chat: 'c', kind: 'text', text: 'hi', at: 1000 }

describe('what we sent', () => {
  test('is known by its id, and across a restart', async () => {
    const vault = memoryVault()
    const sent = await Sent.open(vault, '1', 0)
    await sent.begin(job('17'), 'c', 'hi', 1000)
    expect(sent.outcome('17', 1000)).toBe('unknown')
    await sent.done('17', '9')
    const again = await Sent.open(vault, '1', 5000)
    expect(again.outcome('17', 1000)).toEqual({ msgId: '9' })
    expect(again.isOurs('9')).toBe(true)
    expect(again.clientIdOf('9')).toBe('17')
    expect(await again.claim(echo)).toEqual({ key: 'send/17', wasUnclear: false })
  })

  test('is absent only as far back as the notes reach', async () => {
    const sent = await Sent.open(memoryVault(), '1', 5000)
    expect(sent.outcome('17', 4999)).toBe('unknown')
    expect(sent.outcome('17', 5000)).toBe('absent')
    for (let each = 0; each < 1100; each++)
      await sent.begin(job(String(each)), 'c', 'x', 6000 + each)
    expect(sent.outcome('0', 6000)).toBe('unknown')
    expect(sent.outcome('new', 6050)).toBe('unknown')
    expect(sent.outcome('new', 6100)).toBe('absent')
  })

  test('an unclear send is found by its words, its chat and its time, once', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    await sent.begin(job('17'), 'c', 'hi', 1000)
    expect(await sent.claim({ ...echo, chat: 'd' })).toBeUndefined()
    expect(await sent.claim({ ...echo, text: 'ho' })).toBeUndefined()
    expect(await sent.claim({ ...echo, kind: 'image' })).toBeUndefined()
    expect(await sent.claim({ ...echo, at: 3_600_000 })).toBeUndefined()
    expect(await sent.claim(echo)).toEqual({ key: 'send/17', wasUnclear: true })
    expect(await sent.claim({ ...echo, msgId: '10' })).toBeUndefined()
  })

  test('a send that surely failed claims nothing of what the phone says', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    await sent.begin(job('17'), 'c', 'hi', 1000)
    let fail = () => {}
    const work = new Promise<void>((_, reject) => {
      fail = () => reject(new Error('refused'))
    })
    const sending = sent.during(work).catch(() => sent.undo('17'))
    const claimed = sent.settled().then(() => sent.claim(echo))
    fail()
    await sending
    expect(await claimed).toBeUndefined()
  })

  test('a later try does not forget an earlier one whose end is unknown', async () => {
    const sent = await Sent.open(memoryVault(), '1', 0)
    expect(await sent.begin(job('17'), 'c', 'hi', 1000)).toBe(true)
    expect(await sent.begin(job('17'), 'c', 'hi', 2000)).toBe(false)
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
