import { describe, expect, test } from 'vitest'
import { Book } from '../../../adapters/wechat-web/book.ts'
import { blank } from '../../../adapters/wechat-web/evidence.ts'
import { matchPeople, type Traits } from '../../../adapters/wechat-web/identity.ts'
import { memoryVault } from '../../support/ports.ts'

const nobody: Traits = { ...blank, kind: 'person' }
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
      'a name and a region alone are too little, they are many people’s',
      { a: { ...wang, seq: '12' } },
      { A: { ...wang, seq: '11' } },
      {},
    ],
    [
      'a new picture, the same name, region and group',
      { a: { ...wang, seq: '12', groups: ['g'] } },
      { A: { ...wang, seq: '11', groups: ['g', 'h'] } },
      { a: 'A' },
    ],
    [
      'a group says nothing of people of other names',
      { a: { name: 'x', remark: 'r', groups: ['g'] } },
      { A: { name: 'y', groups: ['g'] } },
      {},
    ],
    [
      'everything else new, the same real id',
      { a: { name: 'x', seq: '1', alias: 'p', real: 'wxid_1' } },
      { A: { name: 'y', seq: '2', alias: 'q', real: 'wxid_1' } },
      { a: 'A' },
    ],
    [
      'another real id is somebody else, whatever else is the same',
      { a: { ...wang, seq: '1', remark: 'r', real: 'wxid_1' } },
      { A: { ...wang, seq: '1', remark: 'r', real: 'wxid_2' } },
      {},
    ],
    [
      'the same picture and another WeChat id: not sure',
      { a: { ...wang, seq: '1', remark: 'r', alias: 'p' } },
      { A: { ...wang, seq: '1', remark: 'r', alias: 'q' } },
      {},
    ],
    [
      'three of a kind of whom one is found: none of them',
      { a: wang },
      { A: wang, B: wang, C: wang },
      {},
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
      'another WeChat id and picture are somebody else, even of the same remark',
      { a: { ...wang, alias: 'x', seq: '1', remark: 'r' } },
      { A: { ...wang, alias: 'y', seq: '2', remark: 'r' } },
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
      'a group by its many members, renamed',
      { g: group('新', ...'abcdefgh') },
      { G: group('旧', ...'abcdefgh') },
      { g: 'G' },
    ],
    [
      'few people make one group after another: another topic is not sure',
      { g: group('新', 'a', 'b', 'c') },
      { G: group('旧', 'a', 'b', 'c') },
      {},
    ],
    [
      'a group by its real id, renamed',
      { g: { ...group('新', 'x'), real: '1@chatroom' } },
      { G: { ...group('旧', 'a'), real: '1@chatroom' } },
      { g: 'G' },
    ],
    [
      'a group by who is in it, some of them renamed',
      { g: group('山', 'x=1', 'y=2', 'c') },
      { G: group('山', 'a=1', 'b=2', 'c') },
      { g: 'G' },
    ],
    [
      'a group of others who have the same names is another one',
      { g: group('山', 'a=1', 'b=2', 'c=3') },
      { G: group('山', 'a=4', 'b=5', 'c=6') },
      {},
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
      { g: group('', 'a', 'b', 'c') },
      { G: group('', 'a', 'b', 'c') },
      { g: 'G' },
    ],
    [
      'an unnamed group of two others: not sure',
      { g: group('', 'a', 'b') },
      { G: group('', 'a', 'b') },
      {},
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
    settle(first, { '@a': { ...wang, remark: 'r' } })
    const id = first.idOf('@a')
    await first.save()
    const second = await Book.open(vault, '1', 'sid2', Math.random)
    settle(second, { '@x': { ...wang, remark: 'r' } })
    expect(second.idOf('@x')).toBe(id)
    settle(second, { '@y': { ...wang, remark: 'r' } })
    expect(second.doubtful.open()).toEqual([])
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
