import { describe, expect, test } from 'vitest'
import { Book } from '../../../adapters/wechat-web/book.ts'
import { matchPeople, type Traits } from '../../../adapters/wechat-web/identity.ts'
import { memoryVault } from '../../support/ports.ts'

const nobody: Traits = {
  kind: 'person',
  name: '',
  remark: '',
  alias: '',
  seq: '0',
  sex: 0,
  province: '',
  city: '',
  members: [],
}
const wang = { name: '王伟', sex: 1, province: '北京', city: '朝阳' }
const group = (name: string, ...members: string[]) => ({ kind: 'group', name, members }) as const

type Some = Readonly<Record<string, Partial<Traits>>>

const named = (all: Some) =>
  Object.entries(all).map(([key, traits]) => ({ key, traits: { ...nobody, ...traits } }))

describe('who is who after a new login', () => {
  test.each<[string, Some, Some, Readonly<Record<string, string>>]>([
    [
      'the same picture and name',
      { a: { ...wang, seq: '11' } },
      { A: { ...wang, seq: '11' } },
      { a: 'A' },
    ],
    [
      'a new name, the old picture',
      { a: { name: '新名', seq: '11' } },
      { A: { name: '旧名', seq: '11' } },
      { a: 'A' },
    ],
    [
      'a new picture, the old remark',
      { a: { name: 'x', remark: '老王', seq: '12' } },
      { A: { name: 'y', remark: '老王', seq: '11' } },
      { a: 'A' },
    ],
    [
      'a new picture, the same name and region',
      { a: { ...wang, seq: '12' } },
      { A: { ...wang, seq: '11' } },
      { a: 'A' },
    ],
    [
      'a new name and picture, the same WeChat id',
      { a: { name: 'x', alias: 'wangwei88', seq: '1' } },
      { A: { name: 'y', alias: 'wangwei88', seq: '2' } },
      { a: 'A' },
    ],
    ['a name alone is too little', { a: { name: '王伟' } }, { A: { name: '王伟' } }, {}],
    ['nothing in common', { a: wang }, { A: { name: '李娜', sex: 2 } }, {}],
    ['no traits at all', { a: {}, b: {} }, { A: {}, B: {} }, {}],
    ['two 王伟 who look alike now: neither', { a: wang, b: wang }, { A: wang }, {}],
    ['two 王伟 who looked alike before: neither', { a: wang }, { A: wang, B: wang }, {}],
    ['two pairs of look-alikes: none of them', { a: wang, b: wang }, { A: wang, B: wang }, {}],
    [
      'two 王伟 with pictures of their own: both',
      { a: { ...wang, seq: '1' }, b: { ...wang, seq: '2' } },
      { A: { ...wang, seq: '1' }, B: { ...wang, seq: '2' } },
      { a: 'A', b: 'B' },
    ],
    [
      'of two 王伟 one changed the picture: only the other, and nobody is left over',
      { a: { ...wang, seq: '9' }, b: { ...wang, seq: '2' } },
      { A: { ...wang, seq: '1' }, B: { ...wang, seq: '2' } },
      { b: 'B' },
    ],
    [
      'two of one remark',
      { a: { remark: '妈' }, b: { remark: '妈' } },
      { A: { remark: '妈' } },
      {},
    ],
    [
      'another WeChat id is somebody else',
      { a: { ...wang, alias: 'x' } },
      { A: { ...wang, alias: 'y' } },
      {},
    ],
    [
      'an MP by its name',
      { a: { kind: 'mp', name: '晚报' } },
      { A: { kind: 'mp', name: '晚报' } },
      { a: 'A' },
    ],
    [
      'a person is no MP',
      { a: { kind: 'mp', name: '晚报', seq: '5' } },
      { A: { name: '晚报', seq: '5' } },
      {},
    ],
    [
      'a group by its members, renamed',
      { g: group('新', 'a', 'b', 'c') },
      { G: group('旧', 'a', 'b', 'c') },
      { g: 'G' },
    ],
    [
      'a group by its topic and most members',
      { g: group('山', 'a', 'b', 'c', 'd') },
      { G: group('山', 'a', 'b', 'c') },
      { g: 'G' },
    ],
    ['a topic alone is too little', { g: group('山') }, { G: group('山', 'a', 'b') }, {}],
    [
      'groups of one topic with other people',
      { g: group('山', 'a', 'b') },
      { G: group('山', 'x', 'y') },
      {},
    ],
    [
      'groups of one topic, each with its people',
      { g: group('山', 'a', 'b', 'c'), h: group('山', 'x', 'y', 'z') },
      { G: group('山', 'a', 'b', 'c'), H: group('山', 'x', 'y', 'z') },
      { g: 'G', h: 'H' },
    ],
    [
      'groups of the same people, each with its topic',
      { g: group('山', 'a', 'b', 'c'), h: group('海', 'a', 'b', 'c') },
      { G: group('山', 'a', 'b', 'c'), H: group('海', 'a', 'b', 'c') },
      { g: 'G', h: 'H' },
    ],
    [
      'groups of the same people and topic: neither',
      { g: group('山', 'a', 'b', 'c'), h: group('山', 'a', 'b', 'c') },
      { G: group('山', 'a', 'b', 'c') },
      {},
    ],
    [
      'an unnamed group by its members',
      { g: group('', 'a', 'b') },
      { G: group('', 'a', 'b') },
      { g: 'G' },
    ],
  ])('%s', (_, found, known, pairs) => {
    expect(Object.fromEntries(matchPeople(named(found), named(known)))).toEqual(pairs)
  })

  test('thousands are compared in a moment', () => {
    const many = (letter: string) =>
      Array.from({ length: 5000 }, (_, index) => ({
        key: `${letter}${index}`,
        traits: { ...nobody, name: `n${index % 400}`, seq: String(index + 1), sex: 1 },
      }))
    const started = performance.now()
    expect(matchPeople(many('a'), many('b')).get('a77')).toBe('b77')
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

describe('the book of people', () => {
  const settle = (book: Book, all: Some) => book.settle(named(all))

  test('keeps ids across sessions, gives look-alikes new ones, and never one id to two', async () => {
    const vault = memoryVault()
    const first = await Book.open(vault, '1', 'sid1', Math.random)
    settle(first, { '@a': { ...wang, seq: '1' }, '@b': { name: '李娜', remark: '娜' } })
    const [wangId, liId] = [first.idOf('@a'), first.idOf('@b')]
    await first.save()

    const second = await Book.open(vault, '1', 'sid2', Math.random)
    expect(second.idOf('@a')).toBeUndefined()
    settle(second, { '@x': { name: '李娜', remark: '娜' }, '@y': wang, '@z': wang })
    expect(second.idOf('@x')).toBe(liId)
    expect(second.userOf(liId ?? '')).toBe('@x')
    expect([second.idOf('@y'), second.idOf('@z')]).not.toContain(wangId)
    expect(second.idOf('@y')).not.toBe(second.idOf('@z'))
    expect(second.userOf(wangId ?? '')).toBeUndefined()
  })

  test('in one session the UserName is the person, whatever changes', async () => {
    const vault = memoryVault()
    const first = await Book.open(vault, '1', 'sid', Math.random)
    settle(first, { '@a': { ...wang, seq: '1' } })
    const id = first.idOf('@a')
    settle(first, { '@a': { name: 'someone else', seq: '7' } })
    await first.save()
    const again = await Book.open(vault, '1', 'sid', Math.random)
    expect(again.idOf('@a')).toBe(id)
    expect(again.traits(id ?? '')?.name).toBe('someone else')
  })

  test('someone who comes later is not taken for a look-alike who is here already', async () => {
    const vault = memoryVault()
    const first = await Book.open(vault, '1', 'sid1', Math.random)
    settle(first, { '@a': wang })
    const id = first.idOf('@a')
    await first.save()
    const second = await Book.open(vault, '1', 'sid2', Math.random)
    settle(second, { '@x': wang })
    expect(second.idOf('@x')).toBe(id)
    settle(second, { '@x': wang, '@y': wang })
    expect(second.idOf('@x')).toBe(id)
    expect(second.idOf('@y')).not.toBe(id)
  })

  test('knows a group member again by nickname only where the name is one of a kind', async () => {
    const vault = memoryVault()
    const first = await Book.open(vault, '1', 'sid1', Math.random)
    const mei = first.member('@m', 'Mei', 'room', true)
    expect(first.member('@m', 'Mei', 'room', true)).toBe(mei)
    await first.save()
    const second = await Book.open(vault, '1', 'sid2', Math.random)
    expect(second.member('@n', 'Mei', 'other room', true)).not.toBe(mei)
    const third = await Book.open(vault, '1', 'sid3', Math.random)
    expect(third.member('@n', 'Mei', 'room', false)).not.toBe(mei)
    const fourth = await Book.open(vault, '1', 'sid4', Math.random)
    expect(fourth.member('@n', 'Mei', 'room', true)).toBe(mei)
  })

  test('a book that cannot be read does not stop a login', async () => {
    const vault = memoryVault()
    vault.entries.set('book-1', '{"known":[["x"],null,["y",{"kind":7}]],"names":')
    const book = await Book.open(vault, '1', 'sid', Math.random)
    settle(book, { '@a': wang })
    expect(book.idOf('@a')).toBeTypeOf('string')
  })
})
