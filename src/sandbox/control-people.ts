import { person } from './cast.ts'
import { befriend, note, stranger, unfriend } from './people.ts'
import { populate } from './population.ts'
import type { Control, FigureView } from './sandbox.ts'
import type { State } from './state.ts'

type People = Pick<
  Control,
  | 'rename'
  | 'addFriend'
  | 'request'
  | 'accept'
  | 'asked'
  | 'unfriend'
  | 'remark'
  | 'pin'
  | 'mute'
  | 'setAvatar'
  | 'setAlias'
  | 'populate'
  | 'figure'
  | 'readMarks'
>

/** What happens to people, and what the phone keeps about them. */
export function peopleControl(state: State): People {
  const { world } = state
  return {
    rename: async (who, name) => {
      world.figure(who).name = name
      world.happen(who === 'me' ? { kind: 'profile' } : { kind: 'contact', who })
    },
    addFriend: async (who, name) => {
      if (world.figures.has(who)) throw new Error(`${who} is in the sandbox already.`)
      world.figures.set(who, person('friend', who, name, {}))
      world.happen({ kind: 'contact', who })
    },
    request: async (who, greeting, name) => {
      stranger(world, who, name)
      state.requested.add(who)
      return world.tell(who, who, { kind: 'request', greeting }).id
    },
    accept: async (who) => {
      if (!state.asked.some((asked) => asked.who === who))
        throw new Error(`Nobody asked ${who} to be a friend.`)
      befriend(world, who)
    },
    asked: () => state.asked,
    unfriend: async (who, by = 'me') => unfriend(world, who, by),
    remark: async (who, text = '') => note(world, who, { remark: text }),
    pin: async (who, on) => note(world, who, { pinned: on }),
    mute: async (who, on) => note(world, who, { muted: on }),
    setAvatar: async (who, file) => {
      const figure = world.figure(who)
      figure.avatar = file
      figure.avatars += 1
      world.happen({ kind: 'contact', who })
    },
    setAlias: async (who, alias) => {
      world.person(who).alias = alias
      world.happen({ kind: 'contact', who })
    },
    populate: async (plan) => populate(state, plan),
    figure: (who) => view(state, who),
    readMarks: () => state.readMarks,
  }
}

function view(state: State, who: string): FigureView {
  const figure = state.world.figure(who)
  const { kind, name, pinned, muted } = figure
  if (figure.kind === 'group')
    return {
      kind,
      name,
      remark: '',
      alias: '',
      pinned,
      muted,
      friend: false,
      members: figure.members.map((member) => member.who),
      owner: figure.owner,
    }
  const { remark, alias, cut } = figure
  const friend = kind === 'friend' && !cut
  return { kind, name, remark, alias, pinned, muted, friend, members: [] }
}
