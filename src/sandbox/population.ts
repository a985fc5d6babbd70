import { group, type Person, person } from './cast.ts'
import { Dice, hex } from './dice.ts'
import type { Populated, Population, Who } from './sandbox.ts'
import { online, type State } from './state.ts'
import type { World } from './world.ts'

/** Invents people and groups (none of them exists). A client that is online hears of them as of new contacts. */
export function populate(state: State, plan: Population): Populated {
  const { world } = state
  const dice = new Dice(`${plan.seed ?? world.seed} population ${world.figures.size}`)
  const twins = Math.min(plan.twins ?? 0, plan.friends) & ~1
  const names = freshNames(world, dice)
  const made = {
    friends: count(world, 'friend', plan.friends).map((who, index) =>
      index < twins
        ? twin(world, who, index, names)
        : add(world, friendCalled(who, names(), index, dice)),
    ),
    mps: count(world, 'mp', plan.mps ?? 0).map((who) => {
      const name = `${dice.pick(PLACES)}${dice.pick(PAPERS)}`
      return add(world, person('mp', who, name, { avatar: dice.pick(AVATARS), recent: false }))
    }),
  }
  const circle = made.friends.slice(twins)
  const strangers = count(world, 'stranger', Math.ceil(plan.groups / 2)).map((who) =>
    add(world, person('stranger', who, names(), { avatar: dice.pick(AVATARS), recent: false })),
  )
  const groups = count(world, 'group', plan.groups).map((who, index) =>
    addGroup(world, who, index, circle, strangers, dice),
  )
  const all = { ...made, twins: made.friends.slice(0, twins), groups }
  if (online(state))
    for (const who of [...all.friends, ...all.mps, ...groups])
      world.happen({ kind: 'contact', who })
  return all
}

/** `friend1`, `friend2`… that nobody is called yet. */
function count(world: World, word: string, many: number): readonly Who[] {
  const found: Who[] = []
  for (let next = 1; found.length < many; next += 1)
    if (!world.figures.has(`${word}${next}`)) found.push(`${word}${next}`)
  return found
}

/** Names nobody has, in no order: the step is prime to the number of names there are. */
function freshNames(world: World, dice: Dice): () => string {
  const taken = new Set([...world.figures.values()].map(({ name }) => name))
  const all = SURNAMES.length * FIRST.length * SECOND.length
  let at = dice.below(all)
  return () => {
    for (let tries = 0; tries < all; tries += 1) {
      at = (at + STEP) % all
      const rest = Math.floor(at / SURNAMES.length)
      const name =
        (SURNAMES[at % SURNAMES.length] ?? '') +
        (FIRST[rest % FIRST.length] ?? '') +
        (SECOND[Math.floor(rest / FIRST.length)] ?? '')
      if (taken.has(name)) continue
      taken.add(name)
      return name
    }
    return `朋友${taken.size}`
  }
}

/** One of two whom nothing but their ids tells apart. */
function twin(world: World, who: Who, index: number, names: () => string): Who {
  const first = index % 2 === 0 ? undefined : world.person(who.replace(/\d+$/, before))
  const name = first?.name ?? names()
  return add(world, person('friend', who, name, { face: first?.face ?? who, recent: false }))
}

function before(digits: string): string {
  return String(Number(digits) - 1)
}

function friendCalled(who: Who, name: string, index: number, dice: Dice): Person {
  return person('friend', who, dice.below(12) === 0 ? `${name}${dice.pick(EMOJI)}` : name, {
    sex: dice.pick([1, 2, 1, 2, 0]),
    city: dice.below(4) === 0 ? '' : dice.pick(PLACES),
    signature: dice.below(3) === 0 ? dice.pick(SAYINGS) : '',
    remark: dice.below(5) === 0 ? `${name.slice(0, 1)}${dice.pick(TITLES)}${index}` : '',
    alias: dice.below(10) === 0 ? `sandbox-${hex(6, who, 'alias')}` : '',
    recent: index % 10 === 0 && index < 400,
    ...(dice.below(10) < 7 ? { avatar: dice.pick(AVATARS) } : {}),
  })
}

/** Some are saved, some recent, some both, one in ten is met by its messages alone; some have no name. */
function addGroup(
  world: World,
  who: Who,
  index: number,
  circle: readonly Who[],
  strangers: readonly Who[],
  dice: Dice,
): Who {
  const met = index % 10 === 9
  const from = circle.length > 0 ? dice.below(circle.length) : 0
  const size = 3 + dice.below(12)
  const friends = Array.from({ length: Math.min(size, circle.length) }, (_each, step) => {
    return circle[(from + step * (1 + (index % 3))) % circle.length] ?? 'lin'
  })
  const some = strangers.slice(index % 5, (index % 5) + dice.below(3))
  const members = [...new Set(['me', ...friends, ...some])]
  const owner = dice.below(4) === 0 ? 'me' : (members[1] ?? 'me')
  const name = index % 15 === 7 ? '' : `${dice.pick(PLACES)}${dice.pick(CIRCLES)}${index + 1}群`
  world.figures.set(
    who,
    group({
      who,
      name,
      realId: `${Number.parseInt(hex(9, world.seed, who, 'chatroom'), 16)}@chatroom`,
      saved: !met && index % 3 !== 1,
      recent: !met && index % 3 !== 0,
      owner,
      members: members.map((member) => ({
        who: member,
        display: dice.below(6) === 0 ? `${dice.pick(TITLES)}${dice.below(90)}` : '',
      })),
    }),
  )
  return who
}

function add(world: World, made: Person): Who {
  world.figures.set(made.who, made)
  return made.who
}

const SURNAMES = [
  ...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎',
]
const FIRST = [...'子雨思佳天晓志海雪若书云春秋冬夏清月星辰阳川江河松竹梅兰']
const SECOND = [...'菊莲荷青蓝白墨诗画琴棋乐欢宁静和平长久新友同学舟']
const STEP = 7919
const EMOJI = ['🌸', '🐟', '☀️', '❤️', '🎈', '🍀'] as const
const TITLES = ['老师', '师傅', '哥', '姐', '同学', '邻居', '客户'] as const
const PLACES = ['杭州', '苏州', '宁波', '绍兴', '嘉兴', '湖州', '温州', '台州'] as const
const PAPERS = ['日报', '生活', '晚谈', '早茶'] as const
const CIRCLES = [
  '读书会',
  '跑步',
  '羽毛球',
  '火锅',
  '摄影',
  '拼车',
  '校友',
  '业主',
  '项目',
] as const
const SAYINGS = ['慢慢来', '今天也要开心', 'Carpe diem', '<勿扰>', '一期一会 & 平安'] as const
const AVATARS = [
  'lin.jpg',
  'zhou.jpg',
  'html.jpg',
  'qiao.jpg',
  'wu.jpg',
  'paper.jpg',
  'weixin.jpg',
] as const
