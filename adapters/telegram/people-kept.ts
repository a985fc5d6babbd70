import type { User } from '@grammyjs/types'
import type { Role } from '../../src/core/hub.ts'
import { oneLine } from '../../src/core/one-line.ts'
import type { HubUser } from '../../src/ports/hub.ts'
import { createCode, createTries, isMarked } from './owning.ts'
import type { Base } from './parts.ts'
import type { People, Presented } from './people.ts'
import { createBook, type Noted } from './people-book.ts'
import { createInvitations, wordIn } from './places-invitations.ts'

const mostTold = 1000
const mostSeen = 1000
const mostUsers = 500
const mostRelays = 2000
/** So many strangers an hour are told; more are a flood, and it is not answered. */
const mostLines = 30
const hourMs = 3_600_000
const patienceMs = 60_000

type Guest = Exclude<Role, 'owner'>

/** Who may do what, over what the vault keeps. */
export function createPeople(base: Base): People {
  const { clock, log } = base
  const book = createBook(base.vault)
  const code = createCode()
  const tries = createTries()
  const invitations = createInvitations<Guest>(clock)
  /** Names of those who wrote, by their ids; latest last. */
  const names = new Map<string, string>()
  /** When strangers were told, in steady milliseconds. */
  let lines: readonly number[] = []

  const owner = () => book.now().owner?.id
  const roleIn = (id: string): Role | undefined => {
    const { owner: own, users } = book.now()
    return own?.id === id ? 'owner' : users.find((user) => user.id === id)?.role
  }

  const remember = (id: string, name: string) => {
    names.delete(id)
    names.set(id, name)
    const [oldest] = names.keys()
    if (names.size > mostSeen && oldest !== undefined) names.delete(oldest)
  }

  const give = (id: string, name: string, role: Guest) =>
    book.change((noted) => {
      // Somebody may have become the owner just now.
      if (noted.owner?.id === id) return noted
      const others = noted.users.filter((user) => user.id !== id)
      return { ...noted, users: [...others, { id, name, role }].slice(-mostUsers) }
    })

  /** Two may say the word at the same time: the notebook takes one after another. */
  const own = async (id: string, name: string): Promise<Presented> => {
    await book.change((noted) =>
      noted.owner
        ? noted
        : {
            ...noted,
            owner: { id, name, mark: code.mark },
            users: noted.users.filter((user) => user.id !== id),
          },
    )
    base.changed()
    return owner() === id ? 'owner' : 'wrong'
  }

  const wrong = (id: string): Presented => {
    if (tries.wrong(id)) {
      log.warn(
        { by: id },
        'Somebody has said five wrong codes and is not listened to any more until the next start.',
      )
    }
    return 'wrong'
  }

  const present = async (said: string, by: User): Promise<Presented> => {
    const word = wordIn(said)
    const id = String(by.id)
    if (word === undefined) return 'none'
    const { owner: known } = book.now()
    // What was done already, and is only heard again.
    if (known?.id === id) return known.mark && isMarked(word, known.mark) ? 'owner' : 'none'
    if (tries.isOver(id)) return 'none'
    const name = nameOf(by)
    if (!known && code.is(word)) return own(id, name)
    const role = invitations.of(word)
    if (role === undefined) return roleIn(id) ? 'none' : wrong(id)
    // Nobody loses a right by following a link.
    if (roleIn(id) === 'user') return 'none'
    invitations.use(word)
    await give(id, name, role)
    return role
  }

  const inNotebook = (noted: Noted, id: string, name: string): Noted => {
    const { owner: own, users } = noted
    if (own?.id === id) return own.name === name ? noted : { ...noted, owner: { ...own, name } }
    if (!users.some((user) => user.id === id && user.name !== name)) return noted
    return { ...noted, users: users.map((user) => (user.id === id ? { ...user, name } : user)) }
  }

  return {
    load: book.load,
    owner,
    roleOf(from, room) {
      const role = roleIn(from)
      if (role) return role
      return book.now().relays.includes(room) ? 'relay' : undefined
    },
    claim(bot) {
      if (owner() !== undefined) return undefined
      return { bot, code: code.word, url: `https://t.me/${bot}?start=${code.word}` }
    },
    present,
    seen(user) {
      const id = String(user.id)
      const name = nameOf(user)
      if (names.get(id) === name) return
      remember(id, name)
      if (!roleIn(id)) return
      book
        .change((noted) => inNotebook(noted, id, name))
        .catch((error: unknown) => log.info({ reason: String(error) }, 'A name was not kept.'))
    },
    async stranger(user) {
      const id = String(user.id)
      remember(id, nameOf(user))
      if (book.now().told.includes(id) || tries.isOver(id)) return false
      const since = clock.steady() - hourMs
      lines = lines.filter((at) => at > since)
      if (lines.length >= mostLines) return false
      lines = [...lines, clock.steady()]
      let isNew = false
      // Noted before it is said: better never than at every start.
      await book.change((noted) => {
        isNew = !noted.told.includes(id)
        return isNew ? { ...noted, told: [...noted.told, id].slice(-mostTold) } : noted
      })
      return isNew
    },

    async list() {
      const { owner: own, users } = book.now()
      const first: readonly HubUser[] = own ? [{ id: own.id, name: own.name, role: 'owner' }] : []
      return [...first, ...users]
    },
    async set(id, role) {
      if (owner() === id) return false
      const name = names.get(id) ?? book.now().users.find((user) => user.id === id)?.name
      if (name === undefined) return false
      if (role) await give(id, name, role)
      else {
        await book.change((noted) => ({
          ...noted,
          users: noted.users.filter((user) => user.id !== id),
        }))
        remember(id, name)
      }
      return true
    },
    async invitation(role) {
      const { username } = await base.bot.info(AbortSignal.timeout(patienceMs))
      return `https://t.me/${username}?start=${invitations.make(role)}`
    },
    relay: (room, allowed) =>
      book.change((noted) => {
        if (noted.relays.includes(room) === allowed) return noted
        const others = noted.relays.filter((each) => each !== room)
        return { ...noted, relays: allowed ? [...others, room].slice(-mostRelays) : others }
      }),
  }
}

/** What somebody is called in Telegram, on one line. */
function nameOf({ id, first_name: first, last_name: last, username }: User): string {
  const full = [first, last].filter((part) => typeof part === 'string').join(' ')
  return oneLine(full, 64) || (username ? `@${oneLine(username, 64)}` : String(id))
}
