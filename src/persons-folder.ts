import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config/schema.ts'
import { BridgeError } from './core/errors.ts'
import { makeOnce } from './data-folder.ts'

/** Someone who has, or had, a part of the bridge beside the first person's: who it is, and where their data is. */
export interface Known {
  /** The Matrix user. */
  readonly user: string
  /** What their users and rooms are told apart by, and the name of their folder. */
  readonly id: string
  readonly folder: string
}

/** The folder in a data folder that holds those of the others. */
export const peopleName = 'people'
export const personFile = 'person.json'

const letters = 'abcdefghijklmnopqrstuvwxyz234567'
const note = z.object({ user: z.string().min(1).max(255) })

/** Ten letters of a localpart, always the same for one Matrix user: 50 bits of a hash. */
export function personId(user: string): string {
  const hash = createHash('sha256').update(user).digest()
  let bits = BigInt(`0x${hash.subarray(0, 7).toString('hex')}`) >> 6n
  let id = ''
  for (let n = 0; n < 10; n++, bits >>= 5n) id = letters[Number(bits & 31n)] + id
  return id
}

export const isPersonId = (name: string): boolean => /^[a-z2-7]{10}$/.test(name)

/** Where the data of one person is, and who it is of; neither need be there. */
export function knownAs(data: string, user: string): Known {
  const id = personId(user)
  return { user, id, folder: join(data, peopleName, id) }
}

/** Makes a person's folder, readable by this user alone. Throws a BridgeError if it is somebody else's or cannot be made. */
export async function enrol(data: string, user: string): Promise<Known> {
  const known = knownAs(data, user)
  const { folder } = known
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const each of [join(data, peopleName), folder]) await chmod(each, 0o700)
    await makeOnce(join(folder, personFile), `${JSON.stringify({ user })}\n`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw unusable(`${folder}: the folder of ${user} cannot be used (${code}).`, error)
  }
  const found = await userOf(folder)
  if (found === user) return known
  throw unusable(
    found === undefined
      ? `${join(folder, personFile)} cannot be read. It should say {"user": "${user}"}.`
      : `${folder} belongs to ${found}, and not to ${user}. Restore the right folder, or move this one away.`,
  )
}

/** Everybody who has data here. `stray` is told of folders that are nobody's. */
export async function peopleIn(
  data: string,
  stray: (folder: string) => void = () => undefined,
): Promise<readonly Known[]> {
  const people = join(data, peopleName)
  const names = await readdir(people).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw unusable(`${people}: the folder cannot be read (${error.code}).`, error)
  })
  const known: Known[] = []
  for (const id of names.filter(isPersonId).sort()) {
    const folder = join(people, id)
    const user = await userOf(folder)
    if (user !== undefined && personId(user) === id) known.push({ user, id, folder })
    else stray(folder)
  }
  return known
}

/**
 * The configuration as it is for one who is not the first: their copies are theirs, and further accounts are the first
 * person's.
 */
export function configFor(config: Config, { id }: Known): Config {
  const { dir } = config.backup
  const own = { ...config, wechat: { ...config.wechat, doors: {} } }
  if (dir === null) return own
  return { ...own, backup: { ...config.backup, dir: join(dir, peopleName, id) } }
}

async function userOf(folder: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder, personFile), 'utf8')
    return note.safeParse(JSON.parse(text)).data?.user
  } catch {
    return undefined
  }
}

const unusable = (message: string, cause?: unknown) =>
  new BridgeError(message, { code: 'config', heal: 'never', certain: true }, { cause })
