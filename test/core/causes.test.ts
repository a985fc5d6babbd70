import { expect, test } from 'vitest'
import { because } from '../../src/core/causes.ts'
import { words } from '../../src/core/render.ts'

const failed = { code: 'refused', detail: 'The message was not sent: English (1204).' } as const

test('what is known exactly is said in the reader’s language, without the adapter’s sentence', () => {
  const { zh, en } = because({ ...failed, reason: 'notFriend' })
  expect(zh).toContain('已不是好友')
  expect(zh).not.toContain('English')
  expect(en).toContain('not a friend any more')
})

test('what is not known exactly is the cause, with the adapter’s sentence', () => {
  expect(because(failed).zh).toBe('被拒绝（The message was not sent: English (1204)）')
})

test('WeChat’s own words stand beside it, as words', () => {
  const { zh, en } = because({ ...failed, reason: 'tooOften', said: '操作太频繁 <b>' })
  expect(zh).toContain('（微信：“操作太频繁 <b>”）')
  expect(en).toContain('(WeChat: "操作太频繁 <b>")')
})

test('a message that was refused says why and how to try again, in both languages', () => {
  const notice = {
    type: 'notSent',
    certain: true,
    seq: '7',
    reason: 'phoneAway',
    ...failed,
  } as const
  expect(words({ kind: 'notice', notice }, 'zh')).toBe(
    '没有发送：手机离线太久了；请在手机上打开微信。输入 !wx resend 7 再发一次。',
  )
  expect(words({ kind: 'notice', notice }, 'en')).toBe(
    'Was not sent: your phone has been offline too long; open WeChat on it. Say !wx resend 7 to try again.',
  )
})

test('what is not WeChat’s doing is said in Chinese without an English sentence', () => {
  for (const code of ['network', 'timeout', 'server', 'rate', 'session'] as const) {
    const { zh, en } = because({ code, detail: 'The connection broke (ECONNRESET).' })
    expect(zh).not.toMatch(/[a-z]/i)
    expect(en).toContain('(The connection broke (ECONNRESET))')
  }
})

test('what nobody foresaw keeps its sentence, by which it is found in the log', () => {
  expect(because({ code: 'bug', detail: 'x is undefined' }).zh).toContain('x is undefined')
})
