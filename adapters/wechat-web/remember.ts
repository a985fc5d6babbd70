import type { Traits } from './evidence.ts'

/** How many groups of a person are remembered. */
const maxGroups = 50

/** What is told now, with what was told earlier in this session and is not told each time. */
export function filled(old: Traits | undefined, now: Traits): Traits {
  if (!old) return now
  return {
    ...now,
    real: old.real || now.real,
    members: now.members.length > 0 ? now.members : old.members,
    owner: now.owner || old.owner,
  }
}

/** What is told now is the evidence for the next login; what is not told this time stays. `met`: groups that were. */
export function remembered(
  old: Traits | undefined,
  now: Traits,
  met: (group: string) => boolean,
): Traits {
  if (!old) return now
  const unmet = old.groups.filter((each) => !met(each))
  return {
    ...now,
    real: now.real || old.real,
    alias: now.alias || old.alias,
    seq: now.seq === '0' ? old.seq : now.seq,
    members: now.members.length > 0 ? now.members : old.members,
    owner: now.owner || old.owner,
    groups: [...new Set([...now.groups, ...unmet])].slice(0, maxGroups),
  }
}

/** Where a group was known as `from`, it is `into`. */
export function renamed(groups: readonly string[], from: string, into: string): readonly string[] {
  if (!groups.includes(from)) return groups
  return [...new Set(groups.map((each) => (each === from ? into : each)))]
}
