import { closeSync, openSync, readSync } from 'node:fs'

/** The text of a file, or why there is none, in words that stand after its name. */
export type TextFile = { readonly text: string } | { readonly why: string }

/** Reads UTF-8 text of at most `maxBytes`, of whatever can be read: also a pipe. Never throws. */
export function readTextFile(file: string, maxBytes: number): TextFile {
  let bytes: Buffer
  try {
    bytes = readAtMost(file, maxBytes + 1)
  } catch (error) {
    return { why: unreadable(error as NodeJS.ErrnoException) }
  }
  if (bytes.length > maxBytes) return { why: `is larger than ${maxBytes / 1024} KiB` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { why: 'is no text in UTF-8' }
  }
}

function readAtMost(file: string, limit: number): Buffer {
  const handle = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(limit)
    let length = 0
    for (;;) {
      const read = readSync(handle, buffer, length, limit - length, null)
      length += read
      if (read === 0 || length === limit) return buffer.subarray(0, length)
    }
  } finally {
    closeSync(handle)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads to itself',
}

function unreadable({ code = 'unknown' }: NodeJS.ErrnoException): string {
  const reason = reasons[code]
  // A name with a NUL is refused with a code of Node, not of the system.
  return `cannot be read (${code})${reason ? `: ${reason}` : ''}`
}
