import type { Chat } from '../../core/chat.ts'
import type { HubId } from '../../core/ids.ts'
import { mintPortalId, portalId } from '../../core/ids.ts'
import { oneLine } from '../../core/one-line.ts'
import type { RoomNotice } from '../../core/room-notice.ts'
import type { Portal, Unit } from '../../ports/store.ts'
import { marked } from '../open-names.ts'
import type { Parts } from '../parts.ts'
import type { Book } from './books.ts'
import { booksOf } from './books.ts'
import { nameHere } from './naming.ts'
import type { Ask, List, Reply, Said, Tools } from './verb.ts'
import { isNumber } from './verb.ts'

/** Chats of one page: as many buttons as a person looks through. */
const pageSize = 8
/** Of those that fit some words, the first. */
const foundAtMost = 100
/** How far back chats are looked through by name. */
const recentAtMost = 1_000
/** No list goes further. */
const lastPage = 9_999

export type Todo = Extract<RoomNotice, { readonly type: 'chats' }>['todo']

/** What was typed after the command: words to look for, and the number of a page (`-2`). */
export interface Wanted {
  readonly words: string
  readonly page: number
}

export function wantedOf(words: readonly string[]): Wanted {
  const last = /^-([1-9]\d{0,3})$/.exec(words.at(-1) ?? '')
  const rest = last ? words.slice(0, -1) : words
  return { words: rest.join(' '), page: Math.min(lastPage, Number(last?.[1] ?? 1)) }
}

/** A page of the chats that were last talked in; of those that fit, where there are words. */
export async function listed(
  { parts, doors }: Tools,
  ask: Ask,
  todo: Todo,
  { words, page }: Wanted,
): Promise<Reply> {
  const { unit, asked } = ask
  const from = (page - 1) * pageSize
  const hub = asked.seat.adapter.id
  const said = async (within: Unit, chats: readonly Chat[]): Promise<Said> => {
    const shown = chats.slice(0, pageSize)
    const lines = []
    for (const chat of shown) {
      const { id, chat: present } = await portalOn(parts, within, hub, chat)
      lines.push({
        portal: id,
        kind: present.kind,
        name: marked(parts, present, oneLine(await nameHere(parts, ask, present), 40)),
      })
    }
    const list: List = { type: 'found', chats: shown }
    return {
      notice: {
        type: 'chats',
        todo,
        ...(words && { words: oneLine(words, 80) }),
        page,
        chats: lines,
        ...(chats.length > pageSize && { more: true }),
      },
      list,
      here: true,
    }
  }
  if (!words) return { said: await said(unit, await unit.recentChats(pageSize + 1, from)) }
  return {
    async beside() {
      const known = await parts.store.unit((later) => later.recentChats(recentAtMost, 0))
      const found = await searched(booksOf(doors), words)
      const all = new Map(
        [...known.filter((chat) => fits(chat, words)), ...found].map((chat) => [chat.id, chat]),
      )
      const some = [...all.values()].slice(from, from + pageSize + 1)
      return parts.store.unit((later) => said(later, some))
    },
  }
}

/** The portal of a chat on a hub; the chat is saved where it was not. */
export async function portalOn(
  { random }: Pick<Parts, 'random'>,
  unit: Unit,
  hub: HubId,
  chat: Chat,
): Promise<Portal> {
  const id = (await unit.mergedInto(chat.id)) ?? chat.id
  if (!(await unit.chat(id))) await unit.saveChats([chat])
  return unit.portalOf(id, hub, () => mintPortalId(random))
}

/**
 * The chat that a word names, by its number in what was listed last, or by its portal: as the portal it has on the hub
 * that was asked. Undefined: it names none.
 */
export async function portalNamed(
  { parts }: Tools,
  { unit, list, asked }: Ask,
  word: string,
): Promise<Portal | undefined> {
  const chat = isNumber(word)
    ? list?.type === 'found'
      ? list.chats[Number(word) - 1]
      : undefined
    : (await unit.portal(portalId(word)))?.chat
  if (!chat || chat.kind === 'management') return undefined
  return portalOn(parts, unit, asked.seat.adapter.id, chat)
}

/** What the address books have; nothing where there is none, or it cannot be read. */
async function searched(books: readonly Book[], words: string): Promise<readonly Chat[]> {
  const found = await Promise.all(
    books.map(({ people }) => people.search(words, foundAtMost).catch(() => [])),
  )
  return found.flat().map(({ chat }) => chat)
}

/** Are all words in one of its names? */
function fits({ name, remark = '', kind }: Chat, words: string): boolean {
  if (kind === 'management') return false
  const names = `${name}\n${remark}`.toLowerCase()
  return words
    .toLowerCase()
    .split(' ')
    .every((word) => names.includes(word))
}
