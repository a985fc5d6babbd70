import { BridgeError } from '../../core/errors.ts'
import { oneLine } from '../../core/one-line.ts'
import type { HubPeople } from '../../ports/hub.ts'
import type { Ask, Reply, Said, Verbs } from './verb.ts'
import { refuse, say } from './verb.ts'

/** Who may use the bridge on a hub that leaves it to its owner. */
export function userVerbs(): Verbs {
  return {
    users: {
      usage: 'users [add [relay]|remove NUMBER]',
      for: 'owner',
      async run({ asked, words, place }) {
        const { people } = asked.seat.adapter
        if (!people) return refuse('noUsers')
        // Whoever follows a link first is let in.
        if (place.kind !== 'management' || asked.there) return refuse('onlyHome')
        const [verb = '', which, ...more] = words
        if (more.length > 0) return 'usage'
        switch (verb.toLowerCase()) {
          case '':
            return { beside: () => list(people) }
          case 'add': {
            const role = which?.toLowerCase() ?? 'user'
            if (role !== 'user' && role !== 'relay') return 'usage'
            return {
              async beside() {
                const link = await people.invitation(role)
                return { notice: { type: 'userBy', role, link }, here: true }
              },
            }
          }
          case 'remove':
            return which === undefined ? 'usage' : { beside: () => remove(people, which) }
          default:
            return 'usage'
        }
      },
    },

    relay: { usage: 'relay on|off', for: 'owner', run: async (ask) => relay(ask) },
  }
}

async function list(people: HubPeople): Promise<Said> {
  const users = (await people.list()).map(({ id, name, role }) => ({
    id,
    name: oneLine(name, 40),
    role,
  }))
  return { notice: { type: 'users', users }, here: true }
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
      return { notice: { type: 'relay', allowed }, here: true }
    },
  }
}

const nowhere = () =>
  new BridgeError('This chat has no room yet; nothing was changed.', {
    code: 'gone',
    heal: 'never',
    certain: true,
  })
