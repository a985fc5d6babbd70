import { Book } from '../../../adapters/wechat-web/book.ts'
import { normalise, partiesOf } from '../../../adapters/wechat-web/normalise.ts'
import { People } from '../../../adapters/wechat-web/people.ts'
import type { Raw } from '../../../adapters/wechat-web/raw.ts'
import type { Message } from '../../../src/core/message.ts'
import { memoryVault } from '../../support/ports.ts'

/** The UserName of the account under test. */
export const me = '@6c1f'

/** As the server escapes text and XML. */
export const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The `Content` of a recall. */
export const sysmsg = (inner: string) =>
  escaped(`<sysmsg type="revokemsg"><revokemsg>${inner}</revokemsg></sysmsg>`)

/** A small address book, and messages read with it. */
export async function reader() {
  const book = await Book.open(memoryVault(), '1', 'sid', Math.random)
  const people = new People('1', { UserName: me, NickName: '阿墨' }, book)
  people.learn([
    { UserName: '@77ab', NickName: '&lt;i&gt;乙', RemarkName: '老乙', ContactFlag: 1 },
    { UserName: '@mp', NickName: '晚报', VerifyFlag: 24 },
    {
      UserName: '@@8f20',
      NickName: '',
      MemberCount: 5,
      Members: [
        { UserName: me, NickName: '阿墨', DisplayName: '墨墨' },
        { UserName: '@77ab', NickName: '乙', DisplayName: '' },
        { UserName: '@cc', NickName: '丙', DisplayName: '丙丙' },
        { UserName: '@dd', NickName: '丁', DisplayName: '' },
        { UserName: '@ee', NickName: '戊', DisplayName: '' },
      ],
    },
  ])
  const read = (raw: Raw, mine: readonly string[] = []): Message => {
    const whole = { MsgId: '5136685017736235886', CreateTime: 1700000200, ToUserName: me, ...raw }
    const parties = partiesOf(whole, me)
    if (!parties) throw new Error('left out')
    const nameOf = (id: string) => (id === 'wxid_known' ? '知名' : undefined)
    const isMine = (id: string) => mine.includes(id)
    return normalise(whole, parties, people, { now: 5, isMine, changed: [], nameOf })
  }
  const friend = (MsgType: number, Content: string, more: Raw = {}) =>
    read({ MsgType, FromUserName: '@77ab', Content, ...more })
  const room = (Content: string, MsgType = 1, more: Raw = {}) =>
    read({ MsgType, FromUserName: '@@8f20', Content, ...more })
  return { people, read, friend, room }
}
