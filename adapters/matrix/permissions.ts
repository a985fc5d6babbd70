/** How far somebody may go here. `relay`: write in rooms of others that allow it. `user`: a WeChat account of their own. */
export type Level = 'relay' | 'user' | 'admin'

/** Who may go how far, by user id, by domain, and `*` for everyone. */
export type Permissions = Readonly<Record<string, Level>>

/**
 * The level of a Matrix user: of the entries that fit, the most exact counts, so that an entry can also take away.
 * Undefined: a stranger. A domain is that of the server alone: `example.org` is not `sub.example.org`.
 */
export function levelOf(permissions: Permissions, user: string): Level | undefined {
  // A user id without a domain would be the name of one.
  const domain = /^@[^:\s]*:(\S+)$/su.exec(user)?.[1]
  if (domain === undefined) return undefined
  const entry = (name: string) =>
    Object.hasOwn(permissions, name) ? permissions[name] : entryLike(permissions, name)
  return entry(user) ?? entry(domain) ?? entry('*')
}

/** Domains are the same in any case, and so one that was written otherwise must not let anybody slip through. */
function entryLike(permissions: Permissions, name: string): Level | undefined {
  const meant = lowered(name)
  return Object.entries(permissions).find(([each]) => lowered(each) === meant)?.[1]
}

/** The part of a user's own is theirs, case and all. */
function lowered(name: string): string {
  const at = name.startsWith('@') ? name.indexOf(':') : 0
  return at < 0 ? name : name.slice(0, at) + name.slice(at).toLowerCase()
}

/** May this person have an account of their own here? */
export const mayLive = (level: Level | undefined): boolean => level === 'user' || level === 'admin'
