import {
  type AccountId,
  accountId,
  type ChatId,
  type ContactId,
  chatId,
  contactId,
} from '../../src/core/ids.ts'

/** An account by the gateway's own id of it. */
export function accountOfWire(id: string): AccountId {
  return accountId(`http:${escaped(id)}`)
}

export function chatOfWire(account: AccountId, id: string): ChatId {
  return chatId(`${account}/${escaped(id)}`)
}

export function contactOfWire(account: AccountId, id: string): ContactId {
  return contactId(`${account}/${escaped(id)}`)
}

/** The gateway's own id of a chat or contact of this account. Undefined: it is none of its. */
export function wireOf(account: AccountId, id: ChatId | ContactId): string | undefined {
  if (!id.startsWith(`${account}/`)) return undefined
  try {
    return decodeURIComponent(id.slice(account.length + 1))
  } catch {
    return undefined
  }
}

/** The gateway's own id of an account. */
export function wireOfAccount(account: AccountId): string {
  return decodeURIComponent(account.slice('http:'.length))
}

/** An id as one segment of a path: also one of dots leads nowhere else. */
export function inPath(id: string): string {
  return /^\.+$/.test(id) ? id.replaceAll('.', '%2E') : encodeURIComponent(id)
}

/** Everything but plain letters, digits and `._~:@-` as %XX of its UTF-8: no slash, no space, no control character. */
export function escaped(id: string): string {
  return encodeURIComponent(id)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%40/g, '@')
    .replace(/%3A/g, ':')
}
