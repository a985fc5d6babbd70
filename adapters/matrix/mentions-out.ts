import type { ContactId } from '../../src/core/ids.ts'
import type { Mentioned } from '../../src/core/runs.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Names } from './ids.ts'
import type { Json } from './json.ts'

/** The users of Matrix whom the words of a post can point at. */
export interface Pointing {
  /** The user who stands for somebody; undefined: nobody does, and the words stay words. */
  userOf(mentioned: Mentioned): string | undefined
}

export interface MentionParts {
  readonly names: Names
  readonly owner: string
  readonly vault: Vault
}

export const nobody: Pointing = { userOf: () => undefined }

const keptGhosts = 5_000

/** Who can be pointed at: contacts whose ghosts exist, and the owner. A user who does not exist would be a dead link. */
export function createPointing({ names, owner, vault }: MentionParts) {
  const registered = new Set<ContactId>()

  const isThere = async (contact: ContactId): Promise<boolean> => {
    if (registered.has(contact)) return true
    if ((await vault.get(`user/${names.ghost(contact)}`)) === undefined) return false
    registered.add(contact)
    const [oldest] = registered
    if (registered.size > keptGhosts && oldest !== undefined) registered.delete(oldest)
    return true
  }

  return async (post: RoomPost): Promise<Pointing> => {
    const all = mentionedIn(post)
    if (all.length === 0) return nobody
    const there = new Set<ContactId>()
    for (const each of all) {
      if (each.type === 'contact' && (await isThere(each.contact))) there.add(each.contact)
    }
    return {
      userOf(mentioned) {
        if (mentioned.type === 'me') return owner
        if (mentioned.type !== 'contact' || !there.has(mentioned.contact)) return undefined
        return names.ghost(mentioned.contact)
      },
    }
  }
}

/**
 * `m.mentions` of a post: whom it rings. Without it, a WeChat text that reads "@room" would ring like one. Ghosts may not
 * ring a room, as a rule, so that what calls everybody calls the owner by name too.
 */
export function ringing(post: RoomPost, { userOf }: Pointing): Json {
  const all = post.silent ? [] : mentionedIn(post)
  const isRoom = all.some(({ type }) => type === 'all')
  const called = isRoom && post.speaker.type !== 'me' ? [...all, { type: 'me' } as const] : all
  // The owner first: where there are too many for an event, it is others who go unnamed.
  const ordered = called.toSorted((a, b) => Number(b.type === 'me') - Number(a.type === 'me'))
  const users = new Set(ordered.flatMap((each) => userOf(each) ?? []))
  return { ...(users.size > 0 && { user_ids: [...users] }), ...(isRoom && { room: true }) }
}

/** Those whom its words name, and those it calls besides. */
function mentionedIn({ body, calls = [] }: RoomPost): readonly Mentioned[] {
  const rich = 'text' in body ? body.text : 'caption' in body ? (body.caption ?? []) : []
  return [...rich.flatMap(({ mention }) => mention ?? []), ...calls]
}
