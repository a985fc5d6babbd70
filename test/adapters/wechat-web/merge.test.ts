import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Contact, mergeContact, readContact } from '../../../adapters/wechat-web/contact.ts'

describe('merging what the server tells of someone (protocol §3.10)', () => {
  const old: Contact = {
    UserName: '@a',
    NickName: 'A',
    RemarkName: 'r',
    ContactFlag: 3,
    HeadImgUrl: '/x?seq=5',
    City: '北京',
  }

  test.each<[string, Contact, Contact]>([
    ['absent keeps', { UserName: '@a', NickName: 'B' }, { ...old, NickName: 'B' }],
    [
      'a removed remark and flag are seen (trap 38)',
      { UserName: '@a', NickName: 'A', RemarkName: '', ContactFlag: 0 },
      { ...old, RemarkName: '', ContactFlag: 0 },
    ],
    ['a picture is never emptied', { UserName: '@a', NickName: 'A', HeadImgUrl: '' }, old],
    [
      'a sparse object speaks only for what it fills',
      { UserName: '@a', NickName: '', RemarkName: '', City: '上海', ContactFlag: 0 },
      { ...old, City: '上海' },
    ],
  ])('%s', (_, fresh, merged) => {
    expect(mergeContact(old, fresh)).toEqual(merged)
  })

  test('a room loses its topic but not its members or key', () => {
    const room: Contact = {
      UserName: '@@r',
      NickName: 'topic',
      MemberCount: 2,
      EncryChatRoomId: '@k',
      Members: [{ UserName: '@a', NickName: 'A', DisplayName: '' }],
    }
    const fresh: Contact = { UserName: '@@r', NickName: '', MemberCount: 3, EncryChatRoomId: '' }
    expect(mergeContact(room, fresh)).toEqual({ ...room, NickName: '', MemberCount: 3 })
  })

  test('objects of any shape are read, or left out', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (raw) => {
        const contact = readContact({ UserName: '@a', ...raw })
        if (contact) expect(mergeContact(old, contact).UserName).toBeTypeOf('string')
      }),
    )
    expect(readContact({ UserName: '../../x' })).toBeUndefined()
    expect(readContact({ UserName: '@@r', MemberList: null })).toEqual({ UserName: '@@r' })
  })
})
