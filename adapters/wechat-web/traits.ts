import { avatarSeq, type Contact, isMp, isRoom, type Member } from './contact.ts'
import { blank, memberToken, type Traits } from './evidence.ts'
import { fingerprint } from './fingerprint.ts'
import { cleanName, foldName } from './text.ts'

/** How many members of a group are remembered to know it again. */
const maxMembers = 200
/** Shorter signatures ("Hi", a proverb) are many people's. */
const minSignature = 8

/** What the contact object itself does not say. */
export interface Around {
  readonly self: string
  readonly real: string
  /** Lasting ids of groups that tell this person apart. */
  readonly groups: readonly string[]
  /** The lasting id of someone it is sure of. */
  readonly sureId: (userName: string) => string | undefined
}

/** What is told about a contact in this session, as evidence for the next. */
export function traitsOf(contact: Contact, around: Around): Traits {
  const signature = folded(contact.Signature)
  const told = {
    ...blank,
    real: around.real,
    name: folded(contact.NickName),
    remark: folded(contact.RemarkName),
  }
  if (isRoom(contact.UserName)) {
    const members = contact.Members ?? []
    const owner = members.find((each) => each.UserName === contact.ChatRoomOwner)
    return {
      ...told,
      kind: 'group',
      members: tokens(members, around),
      owner: owner ? fingerprint(folded(owner.NickName)) : '',
    }
  }
  return {
    ...told,
    kind: isMp(contact) ? 'mp' : 'person',
    alias: contact.Alias ?? '',
    seq: avatarSeq(contact),
    sex: contact.Sex ?? 0,
    province: folded(contact.Province),
    city: folded(contact.City),
    signature: signature.length < minSignature ? '' : fingerprint(signature),
    groups: around.groups,
  }
}

/** A name as it is compared. */
export const folded = (name: string | undefined): string => foldName(cleanName(name ?? ''))

function tokens(members: readonly Member[], { self, sureId }: Around): string[] {
  const others = members.flatMap(({ UserName, NickName }) => {
    const name = fingerprint(folded(NickName))
    return UserName === self || name === '' ? [] : memberToken(name, sureId(UserName))
  })
  return [...new Set(others)].sort().slice(0, maxMembers)
}
