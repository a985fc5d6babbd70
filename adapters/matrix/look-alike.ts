import unhomoglyph from 'unhomoglyph'
import { nameText } from './text.ts'

/** Somebody whose name others could take. */
export interface Named {
  readonly user: string
  readonly name: string
}

/** Core shows so many characters of a name; what is to be seen of it must be among them. */
const longest = 40
/** Matrix: 255 bytes. Two that were cut could be one. */
const longestId = 255

/**
 * What to call somebody in front of what they write. People choose their names: one that looks like that of another (of
 * `others`), that is nothing to see, or that shows an id, has the user's own id behind it. `name` is hostile.
 */
export function guardedName({ user, name }: Named, others: readonly Named[]): string {
  const shown = cleanName(name)
  const looks = looksOf(shown)
  const isTaken = others.some((other) => other.user !== user && isAlike(looks, looksOf(other.name)))
  const isPlain = looks.size > 0 && !isTaken && !/[@＠﹫]/u.test(shown)
  if (isPlain) return nameText(shown, user, longest)
  const id = nameText(user, user, longestId)
  const room = longest - id.length - 3
  // With an id that leaves no room, the id alone: never the name alone.
  return shown === '' || room < 1 ? id : `${nameText(shown, '', room)} (${id})`
}

/** Do two names look the same to somebody who does not look closely? Never, where one of them is nothing to see. */
export const looksAlike = (one: string, other: string): boolean =>
  isAlike(looksOf(cleanName(one)), looksOf(other))

/**
 * A name on one line, without what is not seen. Behind a name stands a colon and what its owner writes, so a name has none:
 * `Ann: yes` would read as if Ann had said it.
 */
export function cleanName(name: string): string {
  const seen = name.slice(0, 1000).toWellFormed().replace(invisible, '').replace(colons, ' ')
  return nameText(seen, '')
}

const colons =
  /[:\u02d0\u02f8\u0589\u05c3\u0703\u0704\u1365\u1803\u1809\u205a\u2236\ua4fd\ua789\ufe13\ufe30\ufe55\uff1a]/gu
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/gu

const isAlike = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  [...one].some((look) => other.has(look))

/**
 * The letters and digits that are left when everything that many do not see is taken away: case, width, accents, blanks,
 * signs, and letters of other scripts that look like them (Unicode TR39). What looks like what depends on the case, so a
 * name has several.
 */
function looksOf(name: string): ReadonlySet<string> {
  const wide = name.slice(0, 1000).toWellFormed()
  const looks = [wide, wide.toLowerCase(), wide.toUpperCase()].map((cased) =>
    folded(unhomoglyph(letters(cased))),
  )
  return new Set(looks.filter((look) => look !== ''))
}

const letters = (text: string): string =>
  text.normalize('NFKD').replace(/[^\p{L}\p{N}]|\p{Lm}/gu, '')

const folded = (text: string): string =>
  letters(text)
    .toLowerCase()
    .replace(/vv/g, 'w')
    .replace(/[i1\u0131\u01c0]/g, 'l')
    .replace(/0/g, 'o')
