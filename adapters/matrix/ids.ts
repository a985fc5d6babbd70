import { createHash } from 'node:crypto'
import type { ContactId, Key, PortalId } from '../../src/core/ids.ts'

/** Longest escaped id: a user id has at most 255 bytes, with `@`, prefix, colon and domain (Matrix appendix, user identifiers). */
const longest = 150

/** How this bridge names users, rooms and transactions on its homeserver: no two have the same name. */
export interface Names {
  /** The bot: it makes rooms, invites ghosts and speaks for the bridge. */
  readonly bot: string
  /** The ghost that speaks for what the owner typed on the phone. */
  readonly me: string
  /** The ghost of a contact. */
  ghost(contact: ContactId): string
  /** The alias of a portal's room without `#` and domain, as createRoom wants it. */
  aliasLocalpart(portal: PortalId): string
  alias(portal: PortalId): string
  /** Is this one of our own users (the bot, or anything in our namespace)? */
  owns(user: string): boolean
  /** Is it one of this person's ghosts? */
  speaks(user: string): boolean
}

/** The names of one registration on one homeserver, and in it of one person who is not the first (letters of a localpart). */
export function names(
  prefix: string,
  senderLocalpart: string,
  domain: string,
  person?: string,
): Names {
  const user = (localpart: string) => `@${localpart}:${domain}`
  const bot = user(senderLocalpart)
  const own = person === undefined ? prefix : `${prefix}${person}_`
  const ghost = new RegExp(`^@${literally(own)}(?:me|[0-9a-f]{24}):${literally(domain)}$`)
  return {
    bot,
    me: user(`${own}me`),
    // Everybody in a room sees it, so it must not tell what is in the id, like the account's number.
    ghost: (contact) => user(`${own}${sha256(contact).slice(0, 24)}`),
    speaks: (one) => ghost.test(one),
    aliasLocalpart: (portal) => prefix + escapeId(portal),
    alias: (portal) => `#${prefix}${escapeId(portal)}:${domain}`,
    owns: (one) => one === bot || (one.startsWith(`@${prefix}`) && one.endsWith(`:${domain}`)),
  }
}

/**
 * An id in the letters a Matrix localpart may have: anything but `a-z 0-9 . _ -` becomes `=` and two hexadecimal
 * digits per byte. What would be too long becomes `==` and a hash, which no escaped id begins with.
 */
export function escapeId(id: string): string {
  let escaped = ''
  for (const byte of Buffer.from(id, 'utf8')) {
    const letter = String.fromCharCode(byte)
    escaped += /[a-z0-9._-]/.test(letter) ? letter : hex(byte)
  }
  return escaped.length <= longest ? escaped : `==${sha256(id)}`
}

/** A post's key as a transaction id: letters that need no escaping in a path. */
export function transactionId(key: Key | string): string {
  const plain = Buffer.from(key, 'utf8').toString('base64url')
  return plain.length <= 400 ? plain : `.${sha256(key)}`
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const hex = (byte: number) => `=${byte.toString(16).padStart(2, '0')}`
