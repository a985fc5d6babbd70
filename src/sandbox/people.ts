import { type Person, person } from './cast.ts'
import type { Who } from './sandbox.ts'
import type { World } from './world.ts'

/** Makes somebody a friend: in the address book, with the grey line of it (protocol §3.12, §5.9). */
export function befriend(world: World, who: Who): void {
  const figure = world.person(who)
  figure.kind = 'friend'
  figure.cut = false
  world.happen({ kind: 'contact', who })
  const name = figure.remark || figure.name
  world.tell(who, undefined, { kind: 'system', text: `你已添加了${name}，现在可以开始聊天了。` })
  world.tell(who, who, { kind: 'text', text: '我通过了你的朋友验证请求，现在我们可以开始聊天了' })
}

/** The end of a friendship; who is left by the other is not told. */
export function unfriend(world: World, who: Who, by: 'me' | 'them'): void {
  const figure = friend(world, who)
  figure.cut = true
  if (by === 'them') return
  figure.kind = 'stranger'
  figure.remark = ''
  world.happen({ kind: 'gone', who })
}

/** What the server says in the chat with someone who is no friend any more (protocol §5.9). */
export function refuse(world: World, who: Who): void {
  const name = world.nameOf(who)
  const text =
    `${name}开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。` +
    '<a href="weixin://findfriend/verifycontact">发送朋友验证</a>'
  world.tell(who, undefined, { kind: 'system', text })
}

/** Changes what the owner keeps about someone; their clients hear of it (protocol §3.10). */
export function note(
  world: World,
  who: Who,
  change: { readonly remark?: string; readonly pinned?: boolean; readonly muted?: boolean },
): void {
  const figure = world.figure(who)
  if (change.remark !== undefined && figure.kind !== 'group') figure.remark = change.remark
  if (change.pinned !== undefined) figure.pinned = change.pinned
  if (change.muted !== undefined) figure.muted = change.muted
  world.happen({ kind: 'contact', who })
}

/** The stranger called so, made when there is none. */
export function stranger(world: World, who: Who, name: string = who): Person {
  const known = world.figures.get(who)
  if (known) return world.person(who)
  const made = person('stranger', who, name, { city: '嘉兴' })
  world.figures.set(who, made)
  return made
}

function friend(world: World, who: Who): Person {
  const figure = world.person(who)
  if (figure.kind !== 'friend') throw new Error(`${who} is no friend in the sandbox.`)
  return figure
}
