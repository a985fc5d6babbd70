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
 * The account of whoever scanned. Not of the bot: WeChat gives another bot at each login, but the person stays
 * (`…@im.wechat`).
 */
export const accountFor = (user: string): AccountId => accountId(`ilink:${safe(user)}`)

export const chatFor = (account: AccountId, user: string): ChatId =>
  chatId(`${account}/${safe(user)}`)

export const groupFor = (account: AccountId, group: string): ChatId =>
  chatId(`${account}/group:${safe(group)}`)

export const contactFor = (account: AccountId, user: string): ContactId =>
  contactId(`${account}/${safe(user)}`)

/** Oneself, which here is the bot: the same one to us, whatever WeChat calls it at this login. */
export const selfOf = (account: AccountId): ContactId => contactId(`${account}/bot`)

/** Whom WeChat calls so. Undefined: it is of another account, a group, or nobody that could be written to. */
export function userOf(chat: ChatId, account: AccountId): string | undefined {
  if (!chat.startsWith(`${account}/`)) return undefined
  const rest = chat.slice(account.length + 1)
  if (/^(group|long):/.test(rest)) return undefined
  try {
    return decodeURIComponent(rest)
  } catch {
    return undefined
  }
}

export const isGroup = (chat: ChatId, account: AccountId): boolean =>
  chat.startsWith(`${account}/group:`)

/** Without anything that means something in an id of ours; what nobody could bear is hashed, and not read back. */
function safe(id: string): string {
  if (id.length > 200) return `long:${createHash('sha256').update(id).digest('hex')}`
  return encodeURIComponent(id.toWellFormed()).replaceAll('%40', '@')
}
