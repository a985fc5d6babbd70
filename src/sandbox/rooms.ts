import { type Group, group, isIn } from './cast.ts'
import { hex } from './dice.ts'
import type { NewGroup, Who } from './sandbox.ts'
import type { World } from './world.ts'

/** A new group, which clients hear of by its first message or when they ask. */
export function makeGroup(
  world: World,
  who: Who,
  name: string,
  members: readonly Who[],
  { owner = 'me', saved = false }: NewGroup,
): Group {
  if (world.figures.has(who)) throw new Error(`${who} is in the sandbox already.`)
  const everyone = [...new Set<Who>(['me', owner, ...members])]
  for (const member of everyone) world.person(member)
  const made = group({
    who,
    name,
    realId: `${Number.parseInt(hex(9, world.seed, who, 'chatroom'), 16)}@chatroom`,
    saved,
    recent: true,
    owner,
    members: everyone.map((member) => ({ who: member, display: '' })),
  })
  world.figures.set(who, made)
  return made
}

/** People come into a group, with the words of §5.9. `by` the newcomer: by QR code. */
export function join(world: World, room: Who, newcomers: readonly Who[], by: Who): void {
  const figure = world.group(room)
  const others = figure.members.filter(({ who }) => who !== 'me' && who !== by)
  for (const who of newcomers) {
    world.person(who)
    if (!isIn(figure, who)) figure.members.push({ who, display: '' })
  }
  world.happen({ kind: 'contact', who: room })
  const name = (who: Who) => world.nameOf(who, room)
  const names = newcomers.map(name).join('、')
  const [first] = newcomers
  if (first === 'me') {
    const rest = others.map(({ who }) => name(who)).join('、')
    const also = rest ? `，群聊参与人还有：${rest}` : ''
    say(world, room, `"${name(by)}"邀请你加入了群聊${also}`)
  } else if (by === 'me') say(world, room, `你邀请"${names}"加入了群聊  `)
  else if (by === first) {
    const from = figure.owner === 'me' ? '你' : `"${name(figure.owner)}"`
    say(world, room, `" ${names}"通过扫描${from}分享的二维码加入群聊`)
  } else say(world, room, `"${name(by)}"邀请"${names}"加入了群聊`)
}

/** Someone goes, or is removed by `by`. Only the remover and the removed are told (protocol §5.9). */
export function leave(world: World, room: Who, who: Who, by?: Who): void {
  const figure = world.group(room)
  if (!isIn(figure, who)) throw new Error(`${who} is not in ${room}.`)
  const name = world.nameOf(who, room)
  const remover = by === undefined || by === who ? undefined : world.nameOf(by, room)
  if (who === 'me' && remover !== undefined) say(world, room, `你被"${remover}"移出群聊`)
  const at = figure.members.findIndex((member) => member.who === who)
  figure.members.splice(at, 1)
  if (figure.owner === who) figure.owner = figure.members[0]?.who ?? who
  world.happen({ kind: who === 'me' ? 'gone' : 'contact', who: room })
  if (by === 'me' && who !== 'me') say(world, room, `你将"${name}"移出了群聊`)
}

/** A new topic; `by` changed it. */
export function renameGroup(world: World, room: Who, name: string, by: Who): void {
  world.group(room).name = name
  world.happen({ kind: 'contact', who: room })
  const who = by === 'me' ? '你' : `"${world.nameOf(by, room)}"`
  say(world, room, `${who}修改群名为“${name}”`)
}

export function setDisplay(world: World, room: Who, who: Who, name: string): void {
  const member = world.group(room).members.find((candidate) => candidate.who === who)
  if (!member) throw new Error(`${who} is not in ${room}.`)
  member.display = name
  world.happen({ kind: 'contact', who: room })
}

function say(world: World, room: Who, text: string): void {
  world.tell(room, undefined, { kind: 'system', text })
}
