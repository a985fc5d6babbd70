import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { File, Message } from '@grammyjs/types'
import { bad } from './method.ts'
import type { SimStored, WorldPorts } from './seam.ts'

/** What a file belongs to: its folder on the server, and what it may be sent as. */
export type FileKind =
  | 'photo'
  | 'video'
  | 'animation'
  | 'voice'
  | 'audio'
  | 'document'
  | 'video_note'
  | 'sticker'
  | 'thumbnail'

export interface Stored {
  /** For this bot only. */
  readonly file_id: string
  /** The same for every bot. */
  readonly file_unique_id: string
  readonly kind: FileKind
  readonly bytes: Buffer
  readonly mime: string
  readonly name?: string
}

/** Files on Telegram's side, and the paths that were handed out for them. */
export interface Files {
  add(file: Omit<Stored, 'file_id' | 'file_unique_id'>): Stored
  get(fileId: string): Stored | undefined
  /** Remembers what a message with this file says of it, for sending it again by its id. */
  showAs(fileIds: readonly string[], content: Partial<Message>): void
  shownAs(fileId: string): Partial<Message> | undefined
  /** `getFile`: throws a 400 for files that are too big to be fetched. */
  hand(fileId: string): File
  at(path: string): SimStored | undefined
}

const MB = 2 ** 20

/** A path is good for at least an hour, and here for no longer. */
const lasts = 3_600_000

export function createFiles({ clock, options, bot }: WorldPorts): Files {
  const stored = new Map<string, Stored>()
  const shown = new Map<string, Partial<Message>>()
  const handed = new Map<string, { readonly file: Stored; readonly until: number }>()
  let count = 0
  return {
    add(file) {
      const number = ++count
      const kept = {
        ...file,
        file_id: idOf(file.kind, `${bot.id} ${number}`, 54),
        file_unique_id: idOf('thumbnail', `unique ${number} ${file.kind}`, 15),
      }
      stored.set(kept.file_id, kept)
      return kept
    },
    get: (id) => stored.get(id),
    showAs(ids, content) {
      for (const id of ids) shown.set(id, content)
    },
    shownAs: (id) => shown.get(id),
    hand(id) {
      const file = stored.get(id)
      if (!file) throw bad('invalid file_id')
      if (!options.filesDir && file.bytes.length > 20 * MB) throw bad('file is too big')
      const name = `${folders[file.kind]}/file_${file.file_unique_id}${extension(file)}`
      const path = options.filesDir ? join(options.filesDir, name) : name
      if (options.filesDir) write(path, file.bytes)
      handed.set(path, { file, until: clock.now() + lasts })
      return {
        file_id: file.file_id,
        file_unique_id: file.file_unique_id,
        file_size: file.bytes.length,
        file_path: path,
      }
    },
    at(path) {
      const found = handed.get(path)
      if (!found || found.until <= clock.now()) return undefined
      return { bytes: found.file.bytes, mime: found.file.mime }
    },
  }
}

const folders: Readonly<Record<FileKind, string>> = {
  photo: 'photos',
  video: 'videos',
  animation: 'animations',
  voice: 'voice',
  audio: 'music',
  document: 'documents',
  video_note: 'video_notes',
  sticker: 'stickers',
  thumbnail: 'thumbnails',
}

// The first characters tell the kind apart, as those of Telegram's do.
const heads: Readonly<Partial<Record<FileKind, string>>> = {
  photo: 'AgACAgIAAxkB',
  video: 'BAACAgIAAxkB',
  animation: 'CgACAgIAAxkB',
  voice: 'AwACAgIAAxkB',
  audio: 'CQACAgIAAxkB',
  document: 'BQACAgIAAxkB',
  video_note: 'DQACAgIAAxkB',
  sticker: 'CAACAgIAAxkB',
  thumbnail: 'AQAD',
}

const idOf = (kind: FileKind, seed: string, length: number): string =>
  `${heads[kind]}${createHash('sha256').update(seed).digest('base64url')}`.slice(0, length)

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'audio/ogg': '.oga',
  'audio/mpeg': '.mp3',
  'application/x-tgsticker': '.tgs',
}

function extension({ name, mime, kind }: Stored): string {
  // Telegram makes JPEGs of all of them.
  if (kind === 'photo' || kind === 'thumbnail') return '.jpg'
  const own = /\.[A-Za-z\d]{1,8}$/.exec(name ?? '')
  return own?.[0] ?? extensions[mime] ?? ''
}

function write(path: string, bytes: Buffer): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
}
