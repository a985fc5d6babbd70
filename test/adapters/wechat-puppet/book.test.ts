import { expect, test } from 'vitest'
import { Book } from '../../../adapters/wechat-puppet/book.ts'
import { Trouble } from '../../../adapters/wechat-puppet/fault.ts'
import type { Host } from '../../../adapters/wechat-puppet/host.ts'
import { namingOf } from '../../../adapters/wechat-puppet/ids.ts'
import type { HostFault } from '../../../adapters/wechat-puppet/protocol.ts'

function bookOf(answer: (op: string) => unknown): Book {
  const host = { call: async (op: string) => answer(op) } as unknown as Host
  return new Book(host, namingOf('me', undefined), 'me')
}

const failing = (kind: HostFault['kind']) => () => {
  throw new Trouble({ kind, message: 'no', sent: 'maybe' })
}

test('a group of which nothing new is told stays what it was', async () => {
  let answer: (op: string) => unknown = () => ({ id: 'r', topic: 'Family', memberIdList: ['me'] })
  const book = bookOf((op) => answer(op))
  await book.room('r')
  answer = failing('puppet')
  book.drop('r')
  await book.room('r')
  expect(book.chat('r')).toMatchObject({ kind: 'group', name: 'Family' })
  answer = () => ({ id: 'r', topic: 'Friends', memberIdList: ['me'] })
  await book.room('r')
  expect(book.chat('r')).toMatchObject({ kind: 'group', name: 'Friends' })
})

test('a group nobody tells of is a group all the same', async () => {
  const book = bookOf(failing('late'))
  await book.room('r')
  expect(book.chat('r', true)).toMatchObject({ kind: 'group' })
})

test('only a puppet that is gone ends the asking', async () => {
  await expect(bookOf(failing('gone')).someone('lin')).rejects.toThrow(Trouble)
  await expect(bookOf(failing('late')).someone('lin')).resolves.toMatchObject({ id: 'lin' })
})
