import type { Vault } from '../../src/ports/vault.ts'

/**
 * Why a group takes nothing from the bot. `topics`: it may not make any; `noForum`: there are none; `left`: the owner is
 * not in it any more, so nothing is shown to those who are.
 */
export type ShutBy = 'out' | 'mute' | 'topics' | 'noForum' | 'left'

/** The groups that chats go to: what they are called, whether they take anything, what they became. */
export interface Groups {
  load(): Promise<void>
  /** The group with topics that was chosen for chats. */
  home(): string | undefined
  setHome(chat: string | undefined): Promise<void>
  title(chat: string): string | undefined
  named(chat: string, title: string): Promise<void>
  shutBy(chat: string): ShutBy | undefined
  /** Those that are shut. */
  shut(): readonly string[]
  close(chat: string, by: ShutBy): Promise<void>
  open(chat: string): Promise<void>
  /** What a chat has become by now. */
  now(chat: string): string
  migrated(from: string, to: string): Promise<void>
}

interface Group {
  readonly title?: string
  readonly shut?: ShutBy
}

interface Noted {
  readonly home?: string
  readonly groups: readonly (readonly [chat: string, group: Group])[]
  /** Latest last. */
  readonly moved: readonly (readonly [from: string, to: string])[]
}

const entry = 'groups'
const most = 2000

export function createGroups(vault: Vault): Groups {
  let home: string | undefined
  const groups = new Map<string, Group>()
  const moved = new Map<string, string>()

  const write = () => {
    for (const map of [groups, moved]) {
      for (const oldest of map.keys()) {
        if (map.size <= most) break
        map.delete(oldest)
      }
    }
    const noted: Noted = { ...(home && { home }), groups: [...groups], moved: [...moved] }
    return vault.set(entry, JSON.stringify(noted))
  }
  const change = async (chat: string, group: Group) => {
    const before = groups.get(chat)
    if (before?.title === group.title && before?.shut === group.shut) return
    groups.set(chat, group)
    try {
      await write()
    } catch (error) {
      // Who tries again must not find it done.
      if (before) groups.set(chat, before)
      else groups.delete(chat)
      throw error
    }
  }
  const now = (chat: string) => {
    let at = chat
    for (let hops = 0; hops < 4; hops++) at = moved.get(at) ?? at
    return at
  }

  return {
    async load() {
      const noted = notedIn(await vault.get(entry))
      home = noted?.home
      for (const [chat, group] of noted?.groups ?? []) groups.set(chat, group)
      for (const [from, to] of noted?.moved ?? []) moved.set(from, to)
    },
    home: () => home,
    async setHome(chat) {
      const before = home
      home = chat
      try {
        await write()
      } catch (error) {
        home = before
        throw error
      }
    },
    title: (chat) => groups.get(chat)?.title,
    named: (chat, title) => change(chat, { ...groups.get(chat), title: title.slice(0, 256) }),
    shutBy: (chat) => groups.get(chat)?.shut,
    shut: () => [...groups].flatMap(([chat, { shut }]) => (shut ? [chat] : [])),
    close: (chat, shut) => change(chat, { ...groups.get(chat), shut }),
    open(chat) {
      const { shut: _, ...rest } = groups.get(chat) ?? {}
      return groups.has(chat) ? change(chat, rest) : Promise.resolve()
    },
    now,
    async migrated(from, to) {
      if (now(from) === to || now(to) === from) return
      const group = groups.get(from)
      const isHome = home === from
      moved.set(from, to)
      if (isHome) home = to
      // What shut the old one says nothing about the new.
      if (group?.title) groups.set(to, { ...groups.get(to), title: group.title })
      groups.delete(from)
      try {
        await write()
      } catch (error) {
        // Telegram tells it again.
        moved.delete(from)
        if (isHome) home = from
        if (group) groups.set(from, group)
        throw error
      }
    },
  }
}

function notedIn(json: string | undefined): Noted | undefined {
  if (json === undefined) return undefined
  try {
    const read: unknown = JSON.parse(json)
    if (typeof read !== 'object' || read === null) return undefined
    const { groups, moved } = read as Partial<Noted>
    return Array.isArray(groups) && Array.isArray(moved) ? (read as Noted) : undefined
  } catch {
    return undefined
  }
}
