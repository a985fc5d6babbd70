import type { MessageEntity } from '@grammyjs/types'
import { detected } from './detect.ts'
import { linkOf } from './links.ts'
import { bad } from './method.ts'
import { isObject } from './params.ts'

/** A text and what is marked in it; offsets and lengths in UTF-16 units, as everywhere here. */
export interface Marked {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

/**
 * A text as Telegram keeps it: control characters gone, blanks trimmed at both ends, entities cut to what is left, made
 * to nest, and links, mentions, commands and the like found in it. Throws a 400 where an entity is outside the text or
 * cuts a character in two.
 */
export function keep(given: Marked): Marked {
  for (const entity of given.entities) checkRange(given.text, entity)
  const cleaned = clean(given)
  const own = nested(trimmed(cleaned).entities, trimmed(cleaned).text)
  const { text } = trimmed(cleaned)
  const blocked = own.filter((one) => isContinuous(one) || isCode(one))
  const found = detected(text).filter((one) => !blocked.some((other) => overlap(one, other)))
  return { text, entities: sorted(nested([...own, ...found], text)) }
}

/** Entities as a bot gives them. Those that Telegram finds by itself are passed over, as Telegram does. */
export function givenEntities(values: readonly unknown[]): MessageEntity[] {
  const entities: MessageEntity[] = []
  for (const value of values) {
    if (!isObject(value)) throw bad("can't parse MessageEntity: expected an Object")
    const { type, offset, length } = value
    for (const [name, field] of Object.entries({ offset, length }))
      if (!Number.isInteger(Number(field ?? Number.NaN)))
        throw bad(`can't parse MessageEntity: Can't find field "${name}"`)
    const range = { offset: Number(offset), length: Number(length) }
    if (range.offset < 0) throw bad(`receive an entity with incorrect offset ${range.offset}`)
    if (range.length < 0) throw bad(`receive an entity with incorrect length ${range.length}`)
    if (typeof type !== 'string') throw bad('can\'t parse MessageEntity: Can\'t find field "type"')
    if (automatic.has(type)) continue
    if (!known.has(type)) throw bad("can't parse MessageEntity: Unsupported type specified")
    if (range.length > 0) entities.push(typed(type, range, value))
  }
  return entities
}

const automatic = new Set(
  'mention hashtag cashtag bot_command url email phone_number bank_card_number'.split(' '),
)
const splittable = new Set(['bold', 'italic', 'underline', 'strikethrough', 'spoiler'])
const quotes = new Set(['blockquote', 'expandable_blockquote'])
const known = new Set([
  ...splittable,
  ...quotes,
  'code',
  'pre',
  'text_link',
  'text_mention',
  'custom_emoji',
])

type Range = { readonly offset: number; readonly length: number }

function typed(type: string, range: Range, value: Record<string, unknown>): MessageEntity {
  if (type === 'text_link') {
    const url = linkOf(String(value.url ?? ''))
    if (!url) throw bad(`entity URL '${String(value.url ?? '')}' is invalid: Wrong HTTP URL`)
    return { type, ...range, url } as MessageEntity
  }
  if (type === 'text_mention') {
    if (!isObject(value.user) || !Number.isSafeInteger(value.user.id))
      throw bad('can\'t parse MessageEntity: Can\'t find field "user"')
    return { type, ...range, user: value.user } as unknown as MessageEntity
  }
  if (type === 'custom_emoji')
    return { type, ...range, custom_emoji_id: String(value.custom_emoji_id ?? '') } as MessageEntity
  const language = type === 'pre' && value.language ? { language: String(value.language) } : {}
  return { type, ...range, ...language } as MessageEntity
}

function checkRange(text: string, { offset, length }: MessageEntity): void {
  const end = offset + length
  if (offset > text.length || (offset === text.length && length > 0))
    throw bad(`entity begins after the end of the text at UTF-16 offset ${offset}`)
  if (splits(text, offset))
    throw bad(
      `entity begins in a middle of a UTF-16 symbol at byte offset ${Buffer.byteLength(text.slice(0, offset - 1))}`,
    )
  if (end > text.length)
    throw bad(
      `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`,
    )
  if (splits(text, end))
    throw bad(
      `entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol at byte offset ${Buffer.byteLength(text.slice(0, end - 1))}`,
    )
}

const splits = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '')

/** As Telegram cleans input (`clean_input_string`): what is removed moves the entities behind it. */
function clean({ text, entities }: Marked): Marked {
  const removed: number[] = []
  let kept = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isDropped(code)) removed.push(i)
    else kept += code < 32 && code !== 10 ? ' ' : text[i]
  }
  if (removed.length === 0) return { text: kept, entities }
  const moved = (at: number) => at - removed.filter((one) => one < at).length
  return {
    text: kept,
    entities: entities.map((one) =>
      between(one, moved(one.offset), moved(one.offset + one.length)),
    ),
  }
}

const isDropped = (code: number): boolean =>
  code === 13 || (code >= 0x2028 && code <= 0x202e) || [0x333, 0x33f, 0x30a].includes(code)

function trimmed({ text, entities }: Marked): Marked {
  const end = text.trimEnd().length
  // What is marked is not trimmed in front.
  const first = Math.min(end, ...entities.map((one) => one.offset))
  let start = 0
  while (start < first && (text[start] === ' ' || text[start] === '\n')) start++
  return {
    text: text.slice(start, end),
    entities: entities
      .filter((one) => one.offset < end)
      .map((one) =>
        between(one, one.offset - start, Math.min(one.offset + one.length, end) - start),
      ),
  }
}

const between = (entity: MessageEntity, from: number, to: number): MessageEntity => ({
  ...entity,
  offset: from,
  length: to - from,
})

/**
 * Entities that nest, or lie beside each other: styles are cut at the borders of links and code (and are not within
 * code), of two links the first stays, parts of one style that touch become one.
 */
function nested(entities: readonly MessageEntity[], text: string): MessageEntity[] {
  const some = entities.filter((one) => one.length > 0 && !isBlank(one, text))
  const fixed: MessageEntity[] = []
  for (const one of sorted(some.filter((each) => !splittable.has(each.type)))) {
    const isQuote = quotes.has(one.type)
    const wrong = fixed.some((other) =>
      isQuote === quotes.has(other.type) ? overlap(one, other) : crosses(one, other),
    )
    if (!wrong) fixed.push(one)
  }
  const styles: MessageEntity[] = []
  for (const type of splittable) {
    const whole = merged(some.filter((one) => one.type === type))
    const borders = fixed.flatMap((one) => [one.offset, one.offset + one.length])
    for (const one of whole) {
      const crossed = fixed.some(
        (other) => crosses(one, other) || (isCode(other) && overlap(one, other)),
      )
      const parts = crossed ? cut(one, borders) : [one]
      styles.push(...parts.filter((part) => !fixed.some((o) => isCode(o) && overlap(part, o))))
    }
  }
  return sorted([...fixed, ...styles])
}

const isCode = ({ type }: MessageEntity): boolean => type === 'code' || type === 'pre'
const isContinuous = ({ type }: MessageEntity): boolean =>
  type === 'text_link' || type === 'text_mention' || type === 'custom_emoji'
const isBlank = (one: MessageEntity, text: string): boolean =>
  !isCode(one) && text.slice(one.offset, one.offset + one.length).trim() === ''

const overlap = (one: Range, other: Range): boolean =>
  one.offset < other.offset + other.length && other.offset < one.offset + one.length

const within = (one: Range, other: Range): boolean =>
  one.offset >= other.offset && one.offset + one.length <= other.offset + other.length

const crosses = (one: Range, other: Range): boolean =>
  overlap(one, other) && !within(one, other) && !within(other, one)

function cut(one: MessageEntity, borders: readonly number[]): MessageEntity[] {
  const end = one.offset + one.length
  const inside = borders.filter((at) => at > one.offset && at < end)
  const points = [...new Set([one.offset, ...inside, end])].sort((a, b) => a - b)
  return points.slice(1).map((to, i) => between(one, points[i] ?? 0, to))
}

function merged(entities: readonly MessageEntity[]): MessageEntity[] {
  const result: MessageEntity[] = []
  for (const one of sorted(entities)) {
    const before = result.at(-1)
    if (!before || one.offset > before.offset + before.length) result.push(one)
    else
      result[result.length - 1] = between(
        before,
        before.offset,
        Math.max(before.offset + before.length, one.offset + one.length),
      )
  }
  return result
}

const sorted = (entities: readonly MessageEntity[]): MessageEntity[] =>
  entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length)
