import { isRoom } from '../contact.ts'
import { number, type Raw, text } from '../raw.ts'
import { contentXml, xmlText } from '../xml.ts'

/** A status notice: what other devices of the account do (protocol §5.8). */
export interface Status {
  /** 1 read elsewhere, 2 the phone entered a chat, 3 initialised, 4 list of recent chats, 5 left a chat. */
  readonly code: number
  /** UserNames of the chats it is about: for 4 all of the list, else at most one. */
  readonly chats: readonly string[]
  /** UserName and real id (`wxid_…`, `gh_…`, `…@chatroom`) of the same, where the notice surely pairs them. */
  readonly pairs: readonly (readonly [userName: string, realId: string])[]
}

/** Reads MsgType 51. Whatever is unclear in it is left out. */
export function readStatus(raw: Raw): Status {
  const code = number(raw.StatusNotifyCode)
  const listed = namesIn(text(raw.StatusNotifyUserName))
  const chats = code === 4 ? listed.filter(isName) : one(code, listed, text(raw.ToUserName))
  return { code, chats: [...new Set(chats)], pairs: code === 4 ? pairsOf(raw, listed) : [] }
}

function one(code: number, listed: readonly string[], to: string): string[] {
  const chat = code === 2 ? (listed[0] ?? to) : to
  return [1, 2, 5].includes(code) && isName(chat) ? [chat] : []
}

/**
 * The two lists are in the same order, mostly. A single place where they cannot be (a group beside a person, a
 * special account beside another) means that none of their pairs is sure.
 */
function pairsOf(raw: Raw, listed: readonly string[]): [string, string][] {
  const document = contentXml(text(raw.Content))
  const real = namesIn(xmlText(document, 'msg', 'op', 'username'))
  if (real.length !== listed.length) return []
  const pairs = listed.map((userName, at): [string, string] => [userName, real[at] ?? ''])
  if (!pairs.every(([userName, id]) => fits(userName, id))) return []
  const told = pairs.filter(([userName]) => userName.startsWith('@'))
  const distinct = new Set(told.map(([, id]) => id)).size === told.length
  return distinct && new Set(told.map(([userName]) => userName)).size === told.length ? told : []
}

function fits(userName: string, id: string): boolean {
  if (!isName(userName) || !isRealId(id)) return false
  if (!userName.startsWith('@')) return userName === id
  return isRoom(userName) === id.endsWith('@chatroom')
}

const namesIn = (list: string): string[] =>
  list.split(',').flatMap((each) => {
    const name = each.trim()
    return name === '' ? [] : [name]
  })

const isName = (name: string): boolean => /^[\w@.-]{1,128}$/.test(name)

/** A real id is never one of a session's own names. */
const isRealId = (id: string): boolean => isName(id) && !id.startsWith('@')
