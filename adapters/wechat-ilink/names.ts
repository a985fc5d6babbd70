import { extensionOf } from './mime.ts'

// Control characters but not the zero-width joiner of emoji; bidi marks could turn a name around.
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const typeless = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/** Without the control characters that no typed text holds and that stores and hubs choke on. */
export const plain = (text: string): string => text.toWellFormed().replace(typeless, '')

/** A hostile line made harmless: one line, no control characters, at most `limit` UTF-16 units. */
export function line(text: string, limit: number): string {
  const flat = text.toWellFormed().replace(/\s+/gu, ' ').replace(controls, '').trim()
  if (flat.length <= limit) return flat
  return `${flat.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Receivers' file systems take names of 255 bytes. */
const mostBytes = 240

/** The last part of what a file is called, without anything that could lead a receiver elsewhere; '' for no name. */
export function fileName(named: string): string {
  const last = named.slice(-4000).split(/[/\\]/).at(-1) ?? ''
  const name = line(last, 4000).replace(/^[\s.]+/, '')
  if (Buffer.byteLength(name) <= mostBytes) return name
  const extension = /\.[^.\s]{1,20}$/.exec(name)?.[0] ?? ''
  let kept = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(`${kept}${character}…${extension}`) > mostBytes) break
    kept += character
  }
  return `${kept.trimEnd()}…${extension}`
}

/** What a file is sent as: its name, or one made of what it is. */
export function sendName(named: string | undefined, kind: string, mime: string): string {
  const name = fileName(named ?? '')
  if (!name) return `${kind}${extensionOf(mime) || '.bin'}`
  return kind === 'file' || /\.[^.\s]{1,20}$/.test(name) ? name : `${name}${extensionOf(mime)}`
}
