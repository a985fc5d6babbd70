import type { Chat, ChatKind, Member } from '../../src/core/chat.ts'
import type { ChatId, ContactId } from '../../src/core/ids.ts'
import type { Found, FriendRequest, WeChatPeople } from '../../src/ports/wechat.ts'
import { gone, offline, refused, Trouble, toBridgeError, unable } from './fault.ts'
import type { Live } from './live.ts'
import { cleanName, text } from './raw.ts'

/** What people can be asked for and told through a puppet; what it cannot do it says when asked. */
export function createPeople(live: () => Live): WeChatPeople {
  const own = (id: ChatId | ContactId, what = 'Whoever this is'): string => {
    const found = live().naming.own(id)
    if (found !== undefined) return found
    throw gone(`Not done: ${what} is of another account or an earlier login.`)
  }
  const act = async (op: string, args: readonly unknown[], act: Act, signal: AbortSignal) => {
    try {
      return await live().host.call(op, args, { signal })
    } catch (thrown) {
      throw told(thrown, act)
    }
  }
  const look = async (id: string, isRoom: boolean, signal: AbortSignal): Promise<Chat> => {
    const now = live()
    for (const type of isRoom ? [3, 4] : [2]) await now.host.call('forget', [type, id], { signal })
    now.book.drop(id)
    await (isRoom ? now.book.room(id) : now.book.someone(id))
    if (isRoom) await now.roster(id)
    const chat = now.book.chat(id, isRoom)
    await now.tell([chat])
    return chat
  }

  return {
    async search(words, limit, kind) {
      return search(live(), words, limit, kind)
    },

    async members(group): Promise<readonly Member[]> {
      return live().book.members(own(group, 'the group'))
    },

    async requests(): Promise<readonly FriendRequest[]> {
      const open = live().requests.list()
      return open.map(({ request, name, greeting, at }) => ({ request, name, greeting, at }))
    },

    async refresh(chat, signal) {
      const id = own(chat)
      return look(id, live().book.isRoom(id), signal)
    },

    async remark(chat, remark, signal) {
      const id = own(chat)
      const what = { what: 'remark', done: 'changed' }
      await act('contactAlias', [id, remark === '' ? null : remark], what, signal)
      await look(id, false, signal)
    },

    async pin() {
      throw unable('Keeping a chat on top')
    },

    async accept(request, signal) {
      const { requests } = live()
      const found = requests.list().find((each) => each.request === request)
      if (!found) throw gone('Not done: there is no such friend request any more.')
      await act(
        'friendshipAccept',
        [found.id],
        { what: 'friend request', done: 'accepted' },
        signal,
      )
      await requests.done(found.contact)
      return look(found.contact, false, signal)
    },

    async add(contact, greeting, signal) {
      const what = { what: 'friend request', done: 'made' }
      await act('friendshipAdd', [own(contact), { hello: greeting }], what, signal)
    },

    async createGroup(people, name, signal) {
      const ids = [...new Set(people.map((each) => own(each)))]
      if (ids.length < 2) throw refused('The group was not made: it needs at least two others.')
      const room = text(
        await act('roomCreate', [ids, name], { what: 'group', done: 'made' }, signal),
      )
      if (room === '') {
        throw refused(
          'The gateway does not say which group it made. It shows when something is said in it.',
        )
      }
      return look(room, true, signal)
    },

    async invite(group, people, signal) {
      const room = own(group, 'the group')
      const inside = new Set(
        live()
          .book.members(room)
          .map(({ id }) => id as string),
      )
      const ids = people.filter((each) => !inside.has(each)).map((each) => own(each))
      if (ids.length === 0) throw refused('Nobody was added: all of them are in the group already.')
      for (const id of ids) {
        await act('roomAdd', [room, id, false], { what: 'invitation', done: 'made' }, signal)
      }
      await look(room, true, signal)
      const known = new Set(
        live()
          .book.members(room)
          .map(({ id }) => id as string),
      )
      return people.every((each) => known.has(each)) ? 'added' : 'invited'
    },

    async remove(group, members, signal) {
      const room = own(group, 'the group')
      for (const each of members) {
        await act('roomDel', [room, own(each)], { what: 'member', done: 'removed' }, signal)
      }
      await look(room, true, signal)
    },

    async rename(group, name, signal) {
      const room = own(group, 'the group')
      await act('roomTopic', [room, name], { what: 'group', done: 'renamed' }, signal)
      await look(room, true, signal)
    },

    async settle() {
      throw refused('Nobody is in doubt here.')
    },
  }
}

interface Act {
  readonly what: string
  readonly done: string
}

/** A puppet that has no way to do something throws; most say "unsupported" or "not implemented". */
function told(thrown: unknown, { what, done }: Act): Error {
  if (thrown instanceof Trouble && thrown.fault.kind === 'puppet') {
    const cannot = /unsupport|not support|not implement|cannot do it|is not a function/i
    if (cannot.test(thrown.fault.message)) return unable(`This (${what}: ${done})`)
  }
  return toBridgeError(thrown, what, { done })
}

function search(live: Live, words: string, limit: number, kind?: ChatKind): readonly Found[] {
  const wanted = plain(words).split(' ').filter(Boolean)
  if (wanted.length === 0) return []
  const { book } = live
  const people = book.people().filter(({ id }) => id !== book.self)
  const fields = new Map<string, readonly string[]>()
  for (const each of people) fields.set(each.id, [each.name, each.remark, each.handle])
  for (const { id, topic } of book.rooms()) fields.set(id, [topic])
  const hits = [...fields].flatMap(([id, names]) => {
    const all = names.map(plain)
    if (!wanted.every((word) => all.some((name) => name.includes(word)))) return []
    const chat = book.chat(id)
    if (kind !== undefined && chat.kind !== kind) return []
    const isWhole = all.includes(wanted.join(' '))
    const region = people.find((each) => each.id === id)?.region ?? ''
    const others = book.members(id).map(({ name, nick }) => nick ?? name)
    const detail = cleanName(region || others.slice(0, 5).join(', '))
    return [{ score: isWhole ? 0 : 1, found: { chat, detail } }]
  })
  hits.sort((a, b) => a.score - b.score || a.found.chat.name.localeCompare(b.found.chat.name))
  return hits.slice(0, limit).map(({ found }) => found)
}

function plain(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim()
}

/** Throws a BridgeError of code `session`. */
export function needLive(live: Live | undefined): Live {
  if (live) return live
  throw offline('change', true)
}
