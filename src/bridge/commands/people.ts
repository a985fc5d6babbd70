import type { Chat } from '../../core/chat.ts'
import type { AccountId, ChatId, PortalId } from '../../core/ids.ts'
import type { FoundLine } from '../../core/notice.ts'
import { roomName } from '../../core/render.ts'
import type { Found } from '../../ports/wechat.ts'
import { marked, openName } from '../open-names.ts'
import { answeredMessage } from './answered.ts'
import type { Asked } from './asked.ts'
import type { Book } from './books.ts'
import { askAll, bookOf, booksOf, noPeople } from './books.ts'
import { portalOn } from './listing.ts'
import type { Reply, Tools, Verbs } from './verb.ts'
import { isNumber, refuse } from './verb.ts'

const foundAtOnce = 20

/** Finding people and groups, and what a user does with one of them. */
export function peopleVerbs({ parts, doors }: Tools): Verbs {
  /** What is done is told on every hub, and in the room it is done in. */
  const nameOf = (chat: Chat) => openName(parts, chat)

  return {
    search: {
      usage: 'search WORDS',
      for: 'owner',
      alone: true,
      async run({ words, asked, place }) {
        const text = words.join(' ')
        if (!text) return 'usage'
        const isHome = place.kind === 'management'
        return {
          async beside() {
            const books = isHome ? booksOf(doors) : inBook(place)
            if (books.length === 0) return noPeople
            const { found: each, without } = await askAll(books, parts.log, (people) =>
              people.search(text, foundAtOnce + 1),
            )
            const all = inTurns(each.map(({ said }) => said))
            const shown = all.slice(0, foundAtOnce)
            const more = all.length > foundAtOnce && { more: true as const }
            const portals = await portalsOf(shown, asked)
            const found = shown.map(({ chat, detail }): FoundLine => {
              const portal = portals.get(chat.id)
              const plain = isHome ? roomName(chat, parts.voice.language) : nameOf(chat)
              const name = marked(parts, chat, plain)
              return { kind: chat.kind, name, detail, ...(portal && { portal }) }
            })
            const missing = without.length > 0 && { without }
            return {
              notice: { type: 'found', words: text.slice(0, 80), found, ...more, ...missing },
              list: { type: 'found', chats: shown.map(({ chat }) => chat) },
            }
          },
        }
      },
    },

    start: {
      usage: 'start NUMBER',
      for: 'owner',
      async run({ words, list }) {
        const [number = ''] = words
        if (words.length !== 1 || !isNumber(number)) return 'usage'
        const chat = list?.type === 'found' ? list.chats[Number(number) - 1] : undefined
        if (!chat) return refuse('noSearch')
        const notice = { type: 'doneWith', what: 'start', name: nameOf(chat) } as const
        return { said: { notice, also: chat } }
      },
    },

    accept: {
      usage: 'accept [NUMBER]',
      for: 'owner',
      async run(ask) {
        const message = await answeredMessage(ask)
        const answered = message?.content
        const said = answered?.kind === 'friendRequest' ? answered.request : undefined
        const request = ask.words[0] ?? said
        return {
          async beside(signal) {
            const all = said === undefined || !message ? booksOf(doors) : ofAccount(message.account)
            if (all.length === 0) return noPeople
            const { found, without } = await askAll(all, parts.log, (people) => people.requests())
            const open = found.flatMap(({ book, said: its }) =>
              its.map((each) => ({ book, each, account: accountAt(book) })),
            )
            const fitting = request ? open.filter(({ each }) => each.request === request) : open
            const [meant] = fitting
            if (!meant && request) {
              return { notice: { type: 'cannot', why: 'noRequest' } }
            }
            if (!meant || fitting.length > 1) {
              const requests = fitting.map(({ each, account }) => ({
                ...each,
                name: account ? marked(parts, { account }, each.name) : each.name,
              }))
              const missing = without.length > 0 && { without }
              return { notice: { type: 'requests', requests, ...missing } }
            }
            const chat = await meant.book.people.accept(meant.each.request, signal)
            const notice = { type: 'doneWith', what: 'accept', name: nameOf(chat) } as const
            return { notice, also: chat }
          },
        }
      },
    },

    add: {
      usage: 'add NUMBER GREETING',
      place: 'group',
      async run({ words, list }) {
        const [number = '', ...greeting] = words
        if (!isNumber(number)) return 'usage'
        const contact = list?.type === 'members' ? list.contacts[Number(number) - 1] : undefined
        if (!contact) return refuse('noMembers')
        return {
          async later(people, signal) {
            await people.add(contact.id, greeting.join(' '), signal)
            return { notice: { type: 'doneWith', what: 'add', name: contact.name } }
          },
        }
      },
    },

    remark: {
      usage: 'remark NAME',
      place: 'friend',
      async run({ place, words }) {
        const name = words.join(' ')
        return {
          async later(people, signal) {
            await people.remark(place.id, name, signal)
            return name
              ? { notice: { type: 'doneWith', what: 'remark', name } }
              : { notice: { type: 'doneWith', what: 'unremark', name: place.name } }
          },
        }
      },
    },

    pin: { usage: 'pin', place: 'chat', run: async ({ place }) => pinned(place, true) },
    unpin: { usage: 'unpin', place: 'chat', run: async ({ place }) => pinned(place, false) },

    refresh: {
      usage: 'refresh',
      place: 'chat',
      async run({ place }) {
        return {
          async later(people, signal) {
            const chat = await people.refresh(place.id, signal)
            return { notice: { type: 'doneWith', what: 'refresh', name: nameOf(chat) } }
          },
        }
      },
    },
  }

  function ofAccount(account: AccountId): readonly Book[] {
    const door = doors.of(account)
    const { people } = door.connector
    return people ? [{ door, people }] : []
  }

  function inBook(place: Chat): readonly Book[] {
    const people = bookOf(doors, place)
    return people ? [{ door: doors.of(place.account), people }] : []
  }

  /** What a button can name, where there are buttons: the portals of chats that are known. */
  async function portalsOf(
    found: readonly Found[],
    { seat }: Asked,
  ): Promise<ReadonlyMap<ChatId, PortalId>> {
    const { id: hub, features } = seat.adapter
    const portals = new Map<ChatId, PortalId>()
    if (!features.buttons) return portals
    return parts.store.unit(async (unit) => {
      for (const { chat } of found) {
        const isKnown = (await unit.chat(chat.id)) ?? (await unit.mergedInto(chat.id))
        if (isKnown) portals.set(chat.id, (await portalOn(parts, unit, hub, chat)).id)
      }
      return portals
    })
  }

  function pinned(place: Chat, on: boolean): Reply {
    return {
      async later(people, signal) {
        await people.pin(place.id, on, signal)
        return { notice: { type: 'doneWith', what: on ? 'pin' : 'unpin', name: nameOf(place) } }
      },
    }
  }
}

const accountAt = ({ door }: Book): AccountId | undefined => {
  const login = door.login()
  return login.state === 'online' ? login.account : undefined
}

/** The best of each first: one list is no better than another. */
function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) =>
    lists.flatMap((list) => list.slice(at, at + 1)),
  ).flat()
}
