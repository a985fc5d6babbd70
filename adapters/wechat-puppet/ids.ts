import { createHash } from 'node:crypto'
import {
  type AccountId,
  accountId,
  type ChatId,
  type ContactId,
  chatId,
  contactId,
} from '../../src/core/ids.ts'

/**
 * The names of one login. Where a puppet's ids do not last (`session`), all of them carry the mark of the login, so that an
 * id of an earlier one is known for what it is and never reaches anybody else.
 */
export interface Naming {
  readonly account: AccountId
  readonly chat: (id: string) => ChatId
  readonly contact: (id: string) => ContactId
  /** The puppet's own id. Undefined: it is of another account or another login. */
  readonly own: (id: ChatId | ContactId) => string | undefined
}

/** `label` names the account where the puppet's own id of it does not last; then its ids are those of one login. */
export function namingOf(self: string, label: string | undefined): Naming {
  const account = accountId(`puppet:${escaped(label ?? self)}`)
  const mark = label === undefined ? '' : `${hash(self)}~`
  const prefix = `${account}/${mark}`
  return {
    account,
    chat: (id) => chatId(`${prefix}${escaped(id)}`),
    contact: (id) => contactId(`${prefix}${escaped(id)}`),
    own: (id) => (id.startsWith(prefix) ? unescaped(id.slice(prefix.length)) : undefined),
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** One to one: whatever is neither a letter, a digit nor one of `@._-` is written as its bytes. */
function escaped(id: string): string {
  return id.replace(/[^A-Za-z0-9@._-]/gu, (each) =>
    [...Buffer.from(each)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}

function unescaped(id: string): string | undefined {
  if (id === '' || /[^A-Za-z0-9@._%-]/.test(id)) return undefined
  try {
    return decodeURIComponent(id)
  } catch {
    return undefined
  }
}
