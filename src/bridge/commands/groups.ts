import type { Chat } from '../../core/chat.ts'
import { openName } from '../open-names.ts'
import { areOfOne, bookOf, noPeople } from './books.ts'
import type { List, Tools, Verbs } from './verb.ts'
import { idsOf, isNumber, joined, numbered, refuse } from './verb.ts'

/** What a user does with a group, in its room; and making one. */
export function groupVerbs({ parts, doors }: Tools): Verbs {
  const { voice } = parts
  const nameOf = (chat: Chat) => openName(parts, chat)
  const joinedNames = (names: readonly string[]) => joined(names, voice.language)
  const namesOf = (chats: readonly Chat[]) => joinedNames(chats.map(nameOf))

  return {
    members: {
      usage: 'members',
      place: 'group',
      async run({ place }) {
        return {
          async later(people) {
            const contacts = await people.members(place.id)
            return {
              notice: { type: 'members', names: contacts.map(({ name }) => name) },
              list: { type: 'members', contacts },
            }
          },
        }
      },
    },

    invite: {
      usage: 'invite NUMBER…',
      place: 'group',
      async run({ place, words, list }) {
        if (!words.length || !words.every(isNumber)) return 'usage'
        const friends = friendsOf(list, words)
        if (!friends) return refuse('noSearch')
        if (!areOfOne([place, ...friends])) return refuse('otherAccount')
        return {
          async later(people, signal) {
            const what = await people.invite(place.id, idsOf(friends), signal)
            return { notice: { type: 'doneWith', what, name: namesOf(friends) } }
          },
        }
      },
    },

    remove: {
      usage: 'remove NUMBER…',
      place: 'group',
      async run({ place, words, list }) {
        if (!words.length || !words.every(isNumber)) return 'usage'
        const members = list?.type === 'members' ? numbered(list.contacts, words) : undefined
        if (!members) return refuse('noMembers')
        return {
          async later(people, signal) {
            const ids = members.map(({ id }) => id)
            await people.remove(place.id, ids, signal)
            const names = members.map(({ name }) => name)
            return { notice: { type: 'doneWith', what: 'remove', name: joinedNames(names) } }
          },
        }
      },
    },

    rename: {
      usage: 'rename NAME',
      place: 'group',
      async run({ place, words }) {
        const name = words.join(' ')
        if (!name) return 'usage'
        return {
          async later(people, signal) {
            await people.rename(place.id, name, signal)
            return { notice: { type: 'doneWith', what: 'rename', name } }
          },
        }
      },
    },

    group: {
      usage: 'group NUMBER NUMBER… NAME',
      for: 'owner',
      async run({ words, list }) {
        const end = words.findIndex((word) => !isNumber(word))
        const name = end < 0 ? '' : words.slice(end).join(' ')
        const numbers = words.slice(0, Math.max(0, end))
        if (!name || new Set(numbers).size < 2) return 'usage'
        const friends = friendsOf(list, numbers)
        const [first] = friends ?? []
        if (!friends || !first) return refuse('noSearch')
        if (!areOfOne(friends)) return refuse('otherAccount')
        return {
          async beside(signal) {
            const people = bookOf(doors, first)
            if (!people) return noPeople
            const chat = await people.createGroup(idsOf(friends), name, signal)
            const notice = { type: 'doneWith', what: 'create', name: nameOf(chat) } as const
            return { notice, also: chat }
          },
        }
      },
    },
  }
}

/** Only friends can be in a group: a number that names something else names nobody. */
function friendsOf(list: List | undefined, words: readonly string[]): readonly Chat[] | undefined {
  const found = list?.type === 'found' ? numbered(list.chats, words) : undefined
  return found?.every(({ kind }) => kind === 'friend') ? found : undefined
}
