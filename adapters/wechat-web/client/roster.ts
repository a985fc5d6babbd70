import { type Contact, isFriend, isMp, isRoom, type Member, mergeContact } from '../contact.ts'
import { cleanName, decodeName, foldName } from '../text.ts'

/** Which of the three tables of handlers a chat belongs to (protocol §8.1). */
export type ChatType = 'friend' | 'group' | 'mp'

/** All that is known of people and groups in this login, by UserName. */
export class Roster {
  readonly #all = new Map<string, Contact>()

  learn(contacts: readonly Contact[]): void {
    for (const fresh of contacts) {
      this.#all.set(fresh.UserName, mergeContact(this.#all.get(fresh.UserName), fresh))
    }
  }

  forget(userNames: readonly string[]): void {
    for (const each of userNames) this.#all.delete(each)
  }

  clear(): void {
    this.#all.clear()
  }

  get(userName: string): Contact | undefined {
    return this.#all.get(userName)
  }

  /** A contact, or someone met in a group only. */
  anyone(userName: string): Contact | undefined {
    const known = this.#all.get(userName)
    if (known) return known
    for (const { Members } of this.#all.values()) {
      const met = Members?.find((each) => each.UserName === userName)
      if (met) return { UserName: userName, NickName: met.NickName }
    }
    return undefined
  }

  all(): Contact[] {
    return [...this.#all.values()]
  }

  /** `saved`: only groups that are kept in the address book. */
  of(type: ChatType, saved = false): Contact[] {
    return this.all().filter(
      (each) =>
        typeOf(each) === type &&
        (type !== 'friend' || isFriend(each)) &&
        (!saved || isFriend(each)),
    )
  }

  member(room: string, userName: string): Member | undefined {
    return this.#all.get(room)?.Members?.find((each) => each.UserName === userName)
  }

  /** UserNames of everyone called exactly this: by remark, by name, by WeChat id; and groups by topic. */
  named(name: string): string[] {
    const wanted = fold(name)
    if (wanted === '') return []
    return this.all()
      .filter((each) => [each.RemarkName, each.NickName, each.Alias].some((at) => is(at, wanted)))
      .map((each) => each.UserName)
  }
}

export function typeOf(contact: Contact): ChatType {
  if (isRoom(contact.UserName)) return 'group'
  // Special accounts write like friends; only those of the address book are official.
  return contact.UserName.startsWith('@') && isMp(contact) ? 'mp' : 'friend'
}

/** How itchat searches friends (protocol §9). */
export interface FriendQuery {
  /** Exactly the remark, the nickname or the WeChat id. */
  readonly name?: string
  readonly remarkName?: string
  readonly nickName?: string
  readonly wechatAccount?: string
}

/** `name` fits any of the three names exactly; the others are filters that must all fit. */
export function matchFriends(friends: readonly Contact[], query: FriendQuery): Contact[] {
  const fits = (at: string | undefined, wanted: string | undefined) =>
    wanted === undefined || is(at, fold(wanted))
  return friends.filter(
    (each) =>
      (query.name === undefined ||
        [each.RemarkName, each.NickName, each.Alias].some((at) => fits(at, query.name))) &&
      fits(each.RemarkName, query.remarkName) &&
      fits(each.NickName, query.nickName) &&
      fits(each.Alias, query.wechatAccount),
  )
}

/** Groups and official accounts are found by a part of their name (protocol §9). */
export function matchPart(contacts: readonly Contact[], name: string): Contact[] {
  const wanted = foldName(name)
  return contacts.filter((each) => foldName(decodeName(each.NickName ?? '')).includes(wanted))
}

const fold = (name: string): string => foldName(cleanName(name))
const is = (wire: string | undefined, folded: string): boolean =>
  folded !== '' && foldName(cleanName(wire ?? '')) === folded
