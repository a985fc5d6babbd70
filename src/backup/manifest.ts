import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { codeOf, notDone } from './errors.ts'

const count = z.number().int().min(0)
const tree = z.object({ files: count, bytes: count })
/** The data of one person. */
const data = {
  database: z.object({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  rows: z.object({ chats: count, messages: count, queued: count, dead: count }),
  media: tree,
  uploads: tree,
}
const manifest = z.object({
  /** Rises when an older bridge could not restore it: 2 where there is more than one person. */
  format: z.union([z.literal(1), z.literal(2)]),
  version: z.string(),
  /** When it was made, ISO 8601. */
  at: z.iso.datetime(),
  ...data,
  /** Those who have an account here beside the first person, by the names of their folders. */
  people: z.array(z.object({ id: z.string().regex(/^[a-z2-7]{10}$/), ...data })).optional(),
  /** Those of them whose data is not in there, and why: a sentence. */
  missing: z.array(z.object({ user: z.string(), why: z.string() })).optional(),
  /** Is the key in there that opens the login? */
  sealKey: z.boolean(),
})

/** What a backup says of itself; written last, so that a folder with one is whole. */
export type Manifest = z.infer<typeof manifest>
export type DataManifest = Pick<Manifest, 'database' | 'rows' | 'media' | 'uploads'>

/** More than any has, in bytes; each person takes about 500. */
const largest = 16 * 1024 * 1024

const nameOf = (folder: string) => join(folder, 'manifest.json')

export async function writeManifest(folder: string, made: Manifest): Promise<void> {
  const file = await open(nameOf(folder), 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(made, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Throws a BridgeError where a folder is no backup, or not one for this version. */
export async function readManifest(folder: string): Promise<Manifest> {
  let value: unknown
  try {
    if ((await stat(nameOf(folder))).size > largest) throw new Error('too large')
    value = JSON.parse(await readFile(nameOf(folder), 'utf8'))
  } catch (error) {
    throw notDone(
      codeOf(error) === 'ENOENT'
        ? `${folder} is no backup, or an unfinished one: it has no manifest.json. Name a folder that "backup" made, or a .sqlite file.`
        : `${nameOf(folder)} cannot be read. Take another backup.`,
      error,
    )
  }
  const checked = manifest.safeParse(value)
  if (checked.success) return checked.data
  const format = z.object({ format: z.number() }).safeParse(value).data?.format ?? 0
  throw notDone(
    format > 2
      ? `${folder} was made by a newer version of the bridge. Install that version, or take another backup.`
      : `${nameOf(folder)} is damaged. Take another backup.`,
    checked.error,
  )
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
