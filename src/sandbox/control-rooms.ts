import { isIn } from './cast.ts'
import { join, leave, makeGroup, renameGroup, setDisplay } from './rooms.ts'
import type { Control } from './sandbox.ts'
import type { State } from './state.ts'

type Rooms = Pick<Control, 'makeGroup' | 'joinGroup' | 'leaveGroup' | 'renameGroup' | 'setDisplay'>

/** What happens to groups. */
export function roomControl({ world }: State): Rooms {
  return {
    makeGroup: async (group, name, members, more = {}) => {
      makeGroup(world, group, name, members, more)
      world.happen({ kind: 'contact', who: group })
    },
    joinGroup: async (group, who, by = world.group(group).owner) => {
      if (isIn(world.group(group), who)) throw new Error(`${who} is in ${group} already.`)
      join(world, group, [who], by)
    },
    leaveGroup: async (group, who, by) => leave(world, group, who, by),
    renameGroup: async (group, name, by = world.group(group).owner) =>
      renameGroup(world, group, name, by),
    setDisplay: async (group, who, name) => setDisplay(world, group, who, name),
  }
}
