import { avatarSeq, type Contact, isMp, isRoom, type Member } from './contact.ts'
import type { Traits } from './identity.ts'
import { cleanName, foldName } from './text.ts'

/** How many members of a group are remembered to know it again. */
const maxMembers = 200

/** What is told about a contact in this session, as evidence for the next. */
export function traitsOf(contact: Contact, self: string): Traits {
  const folded = (name: string | undefined) => foldName(cleanName(name ?? ''))
  const kind = isRoom(contact.UserName) ? 'group' : isMp(contact) ? 'mp' : 'person'
  return {
    kind,
    name: folded(contact.NickName),
    remark: folded(contact.RemarkName),
    alias: contact.Alias ?? '',
    seq: avatarSeq(contact),
    sex: contact.Sex ?? 0,
    province: folded(contact.Province),
    city: folded(contact.City),
    members: kind === 'group' ? fingerprints(contact.Members ?? [], self) : [],
  }
}

function fingerprints(members: readonly Member[], self: string): string[] {
  const names = members
    .filter((member) => member.UserName !== self)
    .map((member) => fingerprint(foldName(cleanName(member.NickName))))
  return [...new Set(names)].sort().slice(0, maxMembers)
}

/** FNV-1a: short, and says nothing about the name itself. */
function fingerprint(name: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(36)
}
