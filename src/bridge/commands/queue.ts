import type { Chat } from '../../core/chat.ts'
import type { Lane } from '../../core/ids.ts'
import { chatOfLine, weChatLane } from '../../core/ids.ts'
import { oneLine } from '../../core/one-line.ts'
import { roomName } from '../../core/render.ts'
import type { Unit } from '../../ports/store.ts'
import type { OpenDoor } from '../doors.ts'
import { marked } from '../open-names.ts'
import type { Allowance } from '../queue-view.ts'
import { counted, createStandings } from '../standing.ts'
import type { Reply, Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

/** Named one by one, and looked at to find those. */
const namedAtOnce = 10
const linesAtOnce = 500
/** So far a line is counted, and so far what waits for a word. */
const upTo = 1_000
const lettersUpTo = 100

/** What is on its way to WeChat: where it stands in line, and about when it goes out. */
export function queueVerbs({ parts, queues, doubts, doors }: Tools): Verbs {
  const standings = createStandings(parts, queues, doubts, doors.loginOf)

  return {
    queue: {
      usage: 'queue',
      alone: true,
      async run({ unit, place, words }) {
        if (words.length) return 'usage'
        return place.kind === 'management' ? everywhere(unit) : inOne(unit, place)
      },
    },
  }

  async function inOne(unit: Unit, place: Chat): Promise<Reply> {
    const { waiting, wait, at } = await standings.lineOf(unit, place, upTo)
    const letters = await unit.deadLetters(lettersUpTo + 1, { chat: place.id })
    return say({
      type: 'line',
      waiting,
      ...(waiting.count > 0 && { first: at(1) }),
      ...(waiting.count > 1 && !waiting.more && { last: at(waiting.count) }),
      ...(wait && { wait }),
      letters: counted(letters.length, lettersUpTo),
    })
  }

  async function everywhere(unit: Unit): Promise<Reply> {
    let waiting = 0
    let chats = 0
    let isCut = false
    const lines: { readonly chat: Chat; readonly count: number }[] = []
    for (const { lane, queued } of await unit.lanes()) {
      if (!isWeChat(lane)) continue
      waiting += queued
      const found = await unit.lines(lane, linesAtOnce + 1, upTo + 1)
      if (found.length > linesAtOnce) isCut = true
      chats += Math.min(found.length, linesAtOnce)
      const longest = found.toSorted((a, b) => b.count - a.count).slice(0, namedAtOnce)
      for (const { portal, count } of longest) {
        const id = chatOfLine(portal)
        const chat = id && (await unit.chat((await unit.mergedInto(id)) ?? id))
        if (chat) lines.push({ chat, count })
      }
    }
    const lanes = doors.all.map(laneOf)
    const { door: _, ...only } = lanes[0] ?? { door: '' }
    const { dead } = await unit.depth()
    return say({
      type: 'queue',
      waiting: { count: waiting },
      chats: { count: chats, ...(isCut && { more: true }) },
      longest: lines
        .sort((a, b) => b.count - a.count)
        .slice(0, namedAtOnce)
        .map(({ chat, count }) => ({
          name: marked(parts, chat, oneLine(roomName(chat, parts.voice.language), 40)),
          waiting: counted(count, upTo),
        })),
      ...(lanes.length === 1 ? only : { lanes }),
      letters: { count: dead },
    })
  }

  /** How the line of whoever is logged in there goes on. */
  function laneOf({ id, login }: OpenDoor) {
    const now = login()
    if (now.state !== 'online') return { door: id, wait: { why: 'offline' } as const }
    const view = queues.of(weChatLane(now.account))
    const wait = standings.stopped(view, now.account)
    return {
      door: id,
      ...(view && { allowance: allowanceOf(view.allowance()) }),
      ...(wait && { wait }),
    }
  }
}

const allowanceOf = ({ minute, hour, day, newcomer }: Allowance) => ({
  minute,
  hour,
  day,
  ...(newcomer && { newcomer }),
})

const isWeChat = (lane: Lane): boolean => lane.startsWith('wechat/')
