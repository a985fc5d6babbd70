import { BridgeError } from '../../core/errors.ts'
import { oneLine } from '../../core/one-line.ts'
import type { HubPeople } from '../../ports/hub.ts'
import type { Ask, List, Reply, Said, Verbs } from './verb.ts'
import { isNumber, refuse, say, sayHere } from './verb.ts'

/** Who may use the bridge on a hub that leaves it to its owner. */
export function userVerbs(): Verbs {
  return {
    users: {
      usage: 'users [add [relay]|remove NUMBER]',
      for: 'owner',
      async run({ asked, words, place, list: shown }) {
        const { people } = asked.seat.adapter
        if (!people) return refuse('noUsers')
        // Whoever follows a link first is let in.
        if (place.kind !== 'management' || asked.there) return refuse('onlyHome')
        const [verb = '', ...rest] = words
        const [which, ...more] = rest
        switch (verb.toLowerCase()) {
          case '':
            return rest.length > 0 ? usage(people) : { beside: () => list(people) }
          case 'add':
            return added(people, rest)
          case 'remove':
            return which === undefined || more.length > 0
              ? usage(people)
              : { beside: () => remove(people, named(which, shown)) }
          default:
            return usage(people)
        }
      },
    },

    relay: { usage: 'relay on|off', for: 'owner', run: async (ask) => relay(ask) },
  }
}

/** How it is written on this hub. */
const usage = ({ byId }: HubPeople): Reply | 'usage' =>
  byId === undefined
    ? 'usage'
    : say({ type: 'usage', usage: `!wx users [add ${byId} [relay]|remove NUMBER]` })

/** By a link, or by their id, as the hub has it. */
function added(people: HubPeople, words: readonly string[]): Reply | 'usage' {
  const { byId } = people
  const isNamed = byId !== undefined && !isGuest(words[0])
  const id = isNamed ? words[0] : undefined
  const roles = isNamed ? words.slice(1) : words
  const [word = 'user', ...more] = roles.map((each) => each.toLowerCase())
  if (!isGuest(word) || more.length > 0) return usage(people)
  if (byId !== undefined && id === undefined) {
    return sayHere({ type: 'addById', form: byId, role: word })
  }
  return {
    async beside() {
      if (id === undefined) {
        const link = await people.invitation(word)
        return { notice: { type: 'userBy', role: word, link }, here: true }
      }
      if (!(await people.set(id, word))) {
        return { notice: { type: 'cannot', why: 'noSuchUser' }, here: true }
      }
      return { notice: { type: 'userAdded', id: oneLine(id, 80), role: word }, here: true }
    },
  }
}

const isGuest = (word: string | undefined): word is 'user' | 'relay' =>
  word?.toLowerCase() === 'user' || word?.toLowerCase() === 'relay'

/** Whom a number stands for in the list that was shown last; an id is itself. */
const named = (word: string, shown: List | undefined): string =>
  (shown?.type === 'users' && isNumber(word) && !shown.ids.includes(word)
    ? shown.ids[Number(word) - 1]
    : undefined) ?? word

async function list(people: HubPeople): Promise<Said> {
  const users = (await people.list()).map(({ id, name, role }) => ({
    id,
    name: oneLine(name, 40),
    role,
  }))
  const { byId } = people
  return {
    notice: { type: 'users', users, ...(byId !== undefined && { byId }) },
    list: { type: 'users', ids: users.map(({ id }) => id) },
    here: true,
  }
}

async function remove(people: HubPeople, id: string): Promise<Said> {
  const user = (await people.list()).find((each) => each.id === id)
  const gone = user !== undefined && user.role !== 'owner' && (await people.set(id, undefined))
  if (!gone) return { notice: { type: 'cannot', why: 'noUser' }, here: true }
  return { notice: { type: 'userGone', name: oneLine(user.name, 40) || id }, here: true }
}

/** Of the room it is said in. */
function relay({ asked, words, place, portal }: Ask): Reply | 'usage' {
  const { people } = asked.seat.adapter
  if (!people) return refuse('noUsers')
  const word = words.length === 1 ? words[0]?.toLowerCase() : undefined
  if (word !== 'on' && word !== 'off') return 'usage'
  const allowed = word === 'on'
  const room = asked.there ?? portal.room
  if (place.kind === 'management' && !asked.there) {
    return say({ type: 'usage', usage: '!wx relay on|off', place: 'chat' })
  }
  return {
    async beside() {
      if (!room) throw nowhere()
      await people.relay(room, allowed)
      // Where people are let in by their ids, who was not writes in vain.
      const form = people.byId === undefined ? {} : { form: people.byId }
      return { notice: { type: 'relay', allowed, ...(allowed && form) }, here: true }
    },
  }
}

const nowhere = () =>
  new BridgeError('This chat has no room yet; nothing was changed.', {
    code: 'gone',
    heal: 'never',
    certain: true,
  })
