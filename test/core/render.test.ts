import { expect, test } from 'vitest'
import type { Notice, OfflineReason } from '../../src/core/notice.ts'
import { roomName, words } from '../../src/core/render.ts'
import { friendChat, groupChat } from './samples.ts'

const notices: readonly Notice[] = [
  { type: 'welcome' },
  { type: 'online', name: '阿墨' },
  { type: 'notSent', code: 'rate', certain: true, detail: 'Ret 1205', seq: '7' },
  { type: 'notSent', code: 'timeout', certain: false, detail: 'no answer', seq: '8' },
  { type: 'refused', refusal: { why: 'kind', kind: 'poll' } },
  { type: 'refused', refusal: { why: 'tooLarge', bytes: 3e7, limit: 2e7 } },
  { type: 'refused', refusal: { why: 'format', mime: 'image/heic' } },
  { type: 'refused', refusal: { why: 'empty' } },
  { type: 'refused', refusal: { why: 'tooLate' } },
  { type: 'refused', refusal: { why: 'notMine' } },
  { type: 'notShown', code: 'tooLarge', detail: '20 MB', what: '[picture]' },
  { type: 'notRecalled', code: 'refused', certain: true, detail: 'Ret 1' },
  { type: 'notRecalled', code: 'timeout', certain: false, detail: 'no answer' },
  { type: 'noChat', preview: 'hello' },
  { type: 'help' },
  { type: 'status', state: 'online', name: '阿墨', chats: 3, queued: 1, dead: 0 },
  { type: 'unknownCommand', word: 'x' },
  { type: 'done', what: 'login' },
  { type: 'nothingToDo', what: 'resend' },
  ...(
    ['starting', 'loggedOut', 'kicked', 'refused', 'expired', 'cancelled', 'unreachable'] as const
  ).map((reason: OfflineReason) => ({ type: 'offline', reason, relogin: true }) as const),
]

test.each(notices)('notice $type has words in both languages', (notice) => {
  const zh = words({ kind: 'notice', notice }, 'zh')
  const en = words({ kind: 'notice', notice }, 'en')
  expect(zh).toMatch(/[\u4e00-\u9fff]/)
  expect(en).toMatch(/[a-z]{3}/)
  expect(zh + en).not.toMatch(/undefined|\[object/)
})

test('"was not" and "may not have been" are different sentences, and both name the cure', () => {
  const sure = words({ kind: 'notice', notice: notices[2] as Notice }, 'en')
  const unsure = words({ kind: 'notice', notice: notices[3] as Notice }, 'en')
  expect(sure).toMatch(/^Was not sent/)
  expect(unsure).toMatch(/^May not have been sent/)
  expect(sure).toContain('!wx resend 7')
  expect(unsure).toContain('!wx resend 8')
})

test('the remark leads in a friend’s own room and nowhere else', () => {
  expect(roomName(friendChat, 'zh')).toBe('满满')
  expect(roomName({ ...groupChat, remark: '私下叫法' }, 'zh')).toBe('周末爬山队')
  expect(roomName({ ...groupChat, name: '' }, 'en')).toBe('Group chat')
})
