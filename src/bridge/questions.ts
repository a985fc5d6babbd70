import type { Chat } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { ChatId } from '../core/ids.ts'
import { noticeId } from '../core/ids.ts'
import type { DoubtChoice } from '../core/notice.ts'
import { roomName, words } from '../core/render.ts'
import type { Unit } from '../ports/store.ts'
import type { Doubt } from '../ports/wechat.ts'
import { say } from './notices.ts'
import { isOpen, openName } from './open-names.ts'
import type { Parts } from './parts.ts'
import { saveTold } from './told-chats.ts'

/** What the user is asked about a doubtful chat. `choices` keep their numbers for as long as it is asked. */
export interface Question {
  readonly doubt: Doubt
  /** Names it among the questions and in what is kept of it. */
  readonly id: string
  readonly code: string
  readonly choices: readonly ChatId[]
  /** Another was asked about this chat before: a number without a code may be meant for that. */
  readonly isAgain: boolean
}

/** How a question stands: `choices` that are still open, what it was answered with, or `new`. */
export type Standing =
  | { readonly choices: readonly ChatId[] }
  | { readonly into: ChatId }
  | { readonly isNew: true }

/** How much of someone's last words is shown. */
const lastWordsChars = 40
/** Letters first, so that a code is never taken for a number; none that look like another. */
const letters = 'abcdefghjkmnpqrstuvwxyz'

/**
 * The question about a doubt: the one asked before, if it offered all of these candidates, else a new one, asked in
 * the management room and in the chat's own. What was asked is read from the notice itself, so a code lasts as long
 * as what shows it. `others` are the questions open beside it.
 */
export async function questionAbout(
  parts: Parts,
  unit: Unit,
  doubt: Doubt,
  others: readonly Question[],
): Promise<Question> {
  const candidates = await known(unit, doubt)
  const ids = candidates.map(({ id }) => id)
  let round = 0
  let last: Question | undefined
  for (; ; round++) {
    const asked = await askedBefore(unit, doubt, round)
    if (!asked) break
    last = asked
  }
  const current = last?.choices
  if (last && ids.every((id) => current?.includes(id))) return last
  const taken = new Set(others.map(({ code }) => code))
  const id = questionId(doubt.chat.id, round)
  const code = mintCode(parts.random, taken)
  const question = { doubt, id, code, choices: ids, isAgain: round > 0 }
  if (ids.length > 0 && !(await unit.mergedInto(doubt.chat.id))) {
    await ask(parts, unit, question, candidates)
  }
  return question
}

/** Where the questions stand, by what is durable. A candidate that one chat turned out to be is no other's. */
export async function standings(
  unit: Unit,
  questions: readonly Question[],
): Promise<ReadonlyMap<Question, Standing>> {
  const found = new Map<Question, Standing>()
  const taken = new Set<ChatId>()
  for (const question of questions) {
    const into = await unit.mergedInto(question.doubt.chat.id)
    if (!into) continue
    taken.add(into)
    found.set(question, { into })
  }
  for (const question of questions) {
    if (found.has(question)) continue
    const offered = await presently(unit, question.choices)
    const choices = (await known(unit, question.doubt)).map(({ id }) => id)
    const left = choices.filter((id) => !taken.has(id) && offered.includes(id))
    const isNew = left.length === 0 || (await unit.message(confirmationOf(question)))
    found.set(question, isNew ? { isNew: true } : { choices: left })
  }
  return found
}

/** The doubtful chat is `into`, which the question names. Said in its room before that room leads elsewhere. */
export async function settleSame(
  parts: Parts,
  unit: Unit,
  question: Pick<Question, 'doubt' | 'id'>,
  into: Chat,
): Promise<void> {
  await conclude(parts, unit, question, into, true)
  await unit.mergeChats(question.doubt.chat.id, into.id)
}

/** The doubtful chat is somebody new. Doing it again changes nothing. */
export async function settleNew(parts: Parts, unit: Unit, question: Question): Promise<void> {
  const { unconfirmed: _, ...chat } = question.doubt.chat
  await saveTold(unit, [chat])
  // A question that was never asked needs no closing.
  if (question.choices.length === 0) return
  await conclude(parts, unit, question, chat, false)
}

/** Was the user ever asked about this chat? */
export async function wasAsked(unit: Unit, chat: ChatId): Promise<boolean> {
  return (await unit.message(noticeId(questionId(chat, 0), 'doubt'))) !== undefined
}

async function conclude(
  parts: Parts,
  unit: Unit,
  { doubt, id }: Pick<Question, 'doubt' | 'id'>,
  now: Chat,
  same: boolean,
): Promise<void> {
  const notice = { type: 'settled', name: roomName(now, parts.voice.language), same } as const
  await say(parts, unit, doubt.chat, { ...notice, name: openName(parts, now) }, `${id}/room`)
  await say(parts, unit, management, notice, id)
}

async function ask(
  parts: Parts,
  unit: Unit,
  { doubt, id, code }: Question,
  candidates: readonly Chat[],
): Promise<void> {
  const { language } = parts.voice
  const choices: DoubtChoice[] = []
  /** As others may read them, who may be in the room: what was said in other chats is not for them. */
  const open: DoubtChoice[] = []
  for (const chat of candidates) {
    const said = await unit.lastSaid(chat.id)
    const last = said && shortened(words(said.content, language))
    const beside = last !== undefined && { last, at: said!.at }
    choices.push({ chat: chat.id, name: roomName(chat, language), ...beside })
    open.push({
      chat: chat.id,
      name: openName(parts, chat),
      ...(!isOpen(parts) && beside),
    })
  }
  const { unconfirmed: _, ...chat } = doubt.chat
  const name = roomName(chat, language)
  const notice = { type: 'doubt', code, name, about: doubt.about, choices } as const
  await say(parts, unit, management, notice, id)
  const inRoom = { ...notice, name: openName(parts, chat), choices: open }
  await say(parts, unit, doubt.chat, inRoom, `${id}/room`)
}

/** The candidates that the store knows, as what they are now. */
async function known(unit: Unit, { chat, candidates }: Doubt): Promise<readonly Chat[]> {
  const found = new Map<ChatId, Chat>()
  for (const candidate of candidates) {
    const present = await unit.chat((await unit.mergedInto(candidate)) ?? candidate)
    if (present && present.id !== chat.id) found.set(present.id, present)
  }
  return [...found.values()]
}

async function askedBefore(unit: Unit, doubt: Doubt, round: number): Promise<Question | undefined> {
  const id = questionId(doubt.chat.id, round)
  const content = (await unit.message(noticeId(id, 'doubt')))?.content
  if (content?.kind !== 'notice' || content.notice.type !== 'doubt') return undefined
  const choices = content.notice.choices.flatMap(({ chat }) => chat ?? [])
  const { code } = content.notice
  return { doubt, id, code, choices: await presently(unit, choices), isAgain: round > 0 }
}

/** Chats as what they are by now. */
async function presently(unit: Unit, chats: readonly ChatId[]): Promise<readonly ChatId[]> {
  const found: ChatId[] = []
  for (const chat of chats) found.push((await unit.mergedInto(chat)) ?? chat)
  return found
}

const questionId = (chat: ChatId, round: number) => `doubt/${chat}/${round}`
const confirmationOf = ({ id }: Question) => noticeId(id, 'settled')

function shortened(text: string): string {
  const all = [...text.slice(0, 400).replace(/\s+/g, ' ')]
  return all.length <= lastWordsChars ? all.join('') : `${all.slice(0, lastWordsChars).join('')}…`
}

/** A letter and two letters or digits, more if that is in use. */
function mintCode(random: () => number, taken: ReadonlySet<string>): string {
  const tail = `${letters}23456789`
  const pick = (from: string) => from[Math.floor(random() * from.length)] ?? 'x'
  let code = pick(letters) + pick(tail) + pick(tail)
  while (taken.has(code) || code === 'new') code += pick(tail)
  return code
}
