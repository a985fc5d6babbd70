import { Book } from '../../../adapters/wechat-web/book.ts'
import type { Contact } from '../../../adapters/wechat-web/contact.ts'
import { People } from '../../../adapters/wechat-web/people.ts'
import type { Vault } from '../../../src/ports/vault.ts'

/** A person as they really are: `truth` is who, and nothing the wire tells. */
export interface Someone {
  readonly truth: string
  readonly name: string
  readonly sex?: number
  readonly city?: string
  /** 0: no picture. */
  readonly seq?: number
  readonly alias?: string
  readonly remark?: string
  readonly mp?: boolean
}

export interface SomeGroup {
  readonly truth: string
  readonly topic: string
  /** Truths; oneself is always in it. */
  readonly members: readonly string[]
}

/** One login: everybody has another UserName. */
export interface Login {
  readonly people: People
  readonly book: Book
  user(truth: string): string
  id(truth: string): string | undefined
  contact(one: Someone): Contact
  room(group: SomeGroup, all: readonly Someone[]): Contact
  /** The whole address book at once. */
  meet(all: readonly Someone[], groups?: readonly SomeGroup[]): void
}

export async function login(vault: Vault, sid: string): Promise<Login> {
  const book = await Book.open(vault, '1', sid, Math.random)
  const self = `@me${sid}`
  const people = new People('1', { UserName: self, NickName: 'me' }, book)
  const user = (truth: string) => (truth.startsWith('g') ? `@@${truth}x${sid}` : `@${truth}x${sid}`)
  const contact = (one: Someone): Contact => ({
    UserName: user(one.truth),
    NickName: one.name,
    ContactFlag: 3,
    Sex: one.sex ?? 0,
    Province: one.city ? '浙江' : '',
    City: one.city ?? '',
    Alias: one.alias ?? '',
    RemarkName: one.remark ?? '',
    VerifyFlag: one.mp ? 8 : 0,
    HeadImgUrl: `/cgi-bin/mmwebwx-bin/webwxgeticon?seq=${one.seq ?? 0}&username=${user(one.truth)}`,
  })
  const room = (group: SomeGroup, all: readonly Someone[]): Contact => {
    const members = group.members.map((truth) => ({
      UserName: user(truth),
      NickName: all.find((each) => each.truth === truth)?.name ?? truth,
      DisplayName: '',
    }))
    return {
      UserName: user(group.truth),
      NickName: group.topic,
      MemberCount: members.length + 1,
      Members: [{ UserName: self, NickName: 'me', DisplayName: '' }, ...members],
    }
  }
  return {
    people,
    book,
    user,
    id: (truth) => book.idOf(user(truth)),
    contact,
    room,
    meet: (all, groups = []) =>
      people.learn([...all.map(contact), ...groups.map((group) => room(group, all))]),
  }
}
