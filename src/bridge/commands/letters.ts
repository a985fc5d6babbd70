import type { Chat } from '../../core/chat.ts'
import { oneLine } from '../../core/one-line.ts'
import type { Letter, QueueNotice } from '../../core/queue-notice.ts'
import { words as inWords, openly, roomName } from '../../core/render.ts'
import { moment } from '../../core/words.ts'
import type { DeadLetter, Unit } from '../../ports/store.ts'
import { marked } from '../open-names.ts'
import { counted } from '../standing.ts'
import { answeredLetters } from './answered.ts'
import type { Ask, Reply, Tools, Verbs } from './verb.ts'
import { refuse, say } from './verb.ts'

/** Listed at once, and looked at to say how many more there are. */
const shownAtOnce = 20
const seenAtOnce = 200
/** Put back, and forgotten, at once. */
const resentAtOnce = 50
const droppedAtOnce = 500
/** No message has more parts. */
const partsAtMost = 1_000

/** What waits for a person's word: given up, perhaps delivered, or held back. In a chat's room, that chat's. */
export function letterVerbs({ parts }: Tools): Verbs {
  const { clock, voice } = parts

  return {
    dead: {
      usage: 'dead',
      alone: true,
      async run({ unit, place, words }) {
        if (words.length) return 'usage'
        const found = await unit.deadLetters(seenAtOnce + 1, scopeOf(place))
        const all = together(found.slice(0, seenAtOnce))
        const letters: Letter[] = []
        for (const each of all.slice(0, shownAtOnce)) letters.push(await shown(unit, place, each))
        const hidden = Math.max(0, all.length - shownAtOnce)
        const isCut = found.length > seenAtOnce && { more: true as const }
        return say({ type: 'letters', letters, more: { count: hidden, ...isCut } })
      },
    },

    resend: {
      usage: 'resend NUMBER|all',
      run: (ask) => (isAll(ask) ? resendAll(ask) : one(ask, again)),
    },

    drop: {
      usage: 'drop NUMBER|all',
      run: (ask) => (isAll(ask) ? dropAll(ask) : one(ask, forgotten)),
    },
  }

  /** What a number names, or the message it answers, if it is of this room. */
  async function one(
    ask: Ask,
    deed: (unit: Unit, letters: readonly DeadLetter[], what: string) => Promise<Deed>,
  ): Promise<Reply | 'usage'> {
    const { unit, place, words, asked } = ask
    const [number] = words
    if (words.length > 1) return 'usage'
    const found = number === undefined ? await answeredLetters(ask) : await numbered(unit, number)
    const [letter] = found
    if (!letter) {
      if (number !== undefined) return refuse('noLetter')
      return asked.replyTo ? refuse('noAnswer') : 'usage'
    }
    if (place.kind !== 'management' && (await chatOf(unit, letter))?.id !== place.id) {
      return refuse('otherChat')
    }
    const all = found.length === 1 ? await whole(unit, letter) : found
    const done = await deed(unit, all, lineOf(letter))
    const [other] = await unit.deadLetters(1, scopeOf(place))
    return say({ ...done, ...(other && { others: true }) })
  }

  async function again(unit: Unit, letters: readonly DeadLetter[], what: string): Promise<Deed> {
    for (const { seq } of letters) await unit.requeue(seq, clock.now())
    const twice = letters.some((each) => each.job.type === 'send' && !isCertain(each)) ? 1 : 0
    return { type: 'resent', what, count: letters.length, twice, left: 0 }
  }

  async function forgotten(
    unit: Unit,
    letters: readonly DeadLetter[],
    what: string,
  ): Promise<Deed> {
    for (const { seq } of letters) await unit.drop(seq)
    const perhaps = letters.some((each) => !isCertain(each)) ? 1 : 0
    return { type: 'dropped', what, count: letters.length, perhaps }
  }

  /** Oldest first, which keeps their order. Nothing goes along that may have arrived, or that was held back. */
  async function resendAll({ unit, place }: Ask): Promise<Reply> {
    const scope = scopeOf(place)
    const found = await unit.deadLetters(resentAtOnce + 1, {
      ...scope,
      state: 'dead',
      oldest: true,
    })
    const mine = found.slice(0, resentAtOnce)
    for (const { seq } of mine) await unit.requeue(seq, clock.now())
    let left = 0
    for (const state of ['unknown', 'held'] as const) {
      left += together(await unit.deadLetters(seenAtOnce, { ...scope, state })).length
    }
    if (mine.length === 0 && left === 0) return nothing
    const more = found.length > mine.length && { more: true as const }
    return say({ type: 'resent', count: mine.length, twice: 0, left, ...more })
  }

  async function dropAll({ unit, place }: Ask): Promise<Reply> {
    const found = await unit.deadLetters(droppedAtOnce + 1, { ...scopeOf(place), oldest: true })
    const mine = found.slice(0, droppedAtOnce)
    if (mine.length === 0) return nothing
    for (const { seq } of mine) await unit.drop(seq)
    const perhaps = together(mine.filter((each) => !isCertain(each))).length
    const more = found.length > mine.length && { more: true as const }
    return say({ type: 'dropped', count: together(mine).length, perhaps, ...more })
  }

  async function shown(unit: Unit, place: Chat, letter: DeadLetter): Promise<Letter> {
    const { seq, state, since, failure, job } = letter
    const { code, reason, said } = failure ?? {}
    const chat = place.kind === 'management' ? await chatOf(unit, letter) : undefined
    const isRecall = job.body.kind === 'recall' || job.body.kind === 'redaction'
    return {
      seq: String(seq),
      ...(chat && { chat: marked(parts, chat, oneLine(roomName(chat, voice.language), 40)) }),
      what: lineOf(letter),
      at: moment(since, clock.now(), voice),
      way: isRecall ? 'recall' : job.type,
      state: state === 'held' ? 'held' : 'dead',
      certain: isCertain(letter),
      ...(code && { code }),
      ...(reason && { reason }),
      ...(said && { said: oneLine(said, 80) }),
    }
  }

  function lineOf({ job, message }: DeadLetter): string {
    if (message) return oneLine(inWords(openly(message), voice.language), 60)
    const { body } = job
    return body.kind === 'text' && typeof body.text === 'string' ? oneLine(body.text, 60) : '…'
  }
}

type Deed = Extract<QueueNotice, { readonly type: 'resent' | 'dropped' }>

async function numbered(unit: Unit, number: string): Promise<readonly DeadLetter[]> {
  const letter = /^\d{1,15}$/.test(number) ? await unit.deadLetter(Number(number)) : undefined
  return letter ? [letter] : []
}

const nothing = say({ type: 'letters', letters: [], more: counted(0, 0) })

const isAll = ({ words }: Ask): boolean => words.length === 1 && words[0]?.toLowerCase() === 'all'

const scopeOf = ({ kind, id }: Chat) => (kind === 'management' ? {} : { chat: id })

const isCertain = ({ state, failure }: DeadLetter): boolean =>
  state !== 'unknown' && failure?.certain !== false

/** The chat it is of, as what that is by now. */
async function chatOf(unit: Unit, { job }: DeadLetter): Promise<Chat | undefined> {
  const id = job.type === 'send' ? job.chat : (await unit.portal(job.portal))?.chat.id
  return id && unit.chat((await unit.mergedInto(id)) ?? id)
}

/** What was held back in parts was one message: it goes, or is forgotten, as one. In its order. */
async function whole(unit: Unit, letter: DeadLetter): Promise<readonly DeadLetter[]> {
  if (!isHeldSend(letter)) return [letter]
  const of = { message: letter.job.message, state: 'held', oldest: true } as const
  return (await unit.deadLetters(partsAtMost, of)).filter(isHeldSend)
}

/** One of each message that was held back in parts, which is the first of them; all else as it is. */
function together(letters: readonly DeadLetter[]): readonly DeadLetter[] {
  const found = new Map<string, DeadLetter>()
  for (const letter of letters) {
    const key = isHeldSend(letter) ? `message/${letter.job.message}` : `seq/${letter.seq}`
    const other = found.get(key)
    if (!other || letter.seq < other.seq) found.set(key, letter)
  }
  return [...found.values()]
}

const isHeldSend = ({ state, job }: DeadLetter): boolean => state === 'held' && job.type === 'send'
