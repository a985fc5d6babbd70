import type { Chat, ChatKind } from '../../src/core/chat.ts'
import type { Found } from '../../src/ports/wechat.ts'
import type { Contact } from './contact.ts'
import type { People } from './people.ts'
import { cleanName, clip } from './text.ts'

/** How many members tell a group apart. */
const shownMembers = 5

/** Chats of these people in which every word fits a name, remark, alias or pinyin; best first. */
export function searchChats(
  people: People,
  userNames: Iterable<string>,
  words: string,
  limit: number,
  kind?: ChatKind,
): Found[] {
  const wanted = plain(words).split(' ').filter(Boolean)
  if (wanted.length === 0) return []
  const hits = [...userNames].flatMap((userName) => {
    const chat = people.chat(userName)
    if (kind !== undefined && chat.kind !== kind) return []
    const score = fit(fieldsOf(chat, people.raw(userName)), wanted)
    return score === undefined ? [] : [{ userName, chat, score }]
  })
  hits.sort((a, b) => a.score - b.score || a.chat.name.localeCompare(b.chat.name))
  return hits
    .slice(0, limit)
    .map(({ userName, chat }) => ({ chat, detail: detailOf(people, userName) }))
}

/** What tells look-alikes apart: where people live, who is in a group. */
export function detailOf(people: People, userName: string): string {
  const members = people.memberWords(userName)
  if (members.length > 0) {
    const more = members.length > shownMembers ? ', …' : ''
    return clip(members.slice(0, shownMembers).join(', ') + more, 200)
  }
  const raw = people.raw(userName)
  return [raw?.Province, raw?.City]
    .map((each) => cleanName(each ?? ''))
    .filter(Boolean)
    .join(' ')
}

/** Names first, what merely spells them last: the place in the list is part of the score. */
function fieldsOf(chat: Chat, raw: Contact | undefined): string[] {
  return [
    chat.name,
    chat.remark ?? '',
    raw?.Alias ?? '',
    raw?.PYQuanPin ?? '',
    raw?.RemarkPYQuanPin ?? '',
    raw?.PYInitial ?? '',
    raw?.RemarkPYInitial ?? '',
  ].map((each) => plain(cleanName(each)))
}

/** Lower is better; undefined where a word fits nowhere. Whole fields before beginnings, those before the rest. */
function fit(fields: readonly string[], words: readonly string[]): number | undefined {
  const whole = words.join(' ')
  let sum = 0
  for (const word of words) {
    const scores = fields.flatMap((field, at) => {
      if (field === word || field === whole) return [at]
      const place = field.indexOf(word)
      if (place < 0) return []
      const begins = place === 0 || field[place - 1] === ' '
      return [(begins ? 10 : 20) + at]
    })
    if (scores.length === 0) return undefined
    sum += Math.min(...scores)
  }
  return sum
}

/** Without case, accents, and what only changes the look of a character. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim()
}
