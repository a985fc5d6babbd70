import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDatabase } from '../../adapters/sql/lock.ts'
import { codeOf, isTaken } from './errors.ts'
import { syncFolder } from './tree.ts'

// Putting other data in the place of what is there, so that a death in the middle is made good by the next start:
// first all that comes is beside, whole, with a plan; then names are exchanged, each step of which shows that it was
// done.

/** What is exchanged. `aside` goes into the folder of that name; `comes` is in `new`. */
interface Plan {
  readonly folder: string
  readonly aside: readonly string[]
  readonly comes: readonly string[]
}

/** Told before each step that changes something; a test dies there. */
export type Told = (step: string) => void

const staged = (folder: string) => join(folder, 'restore.partial')
const ready = (folder: string) => join(folder, 'restore.ready')

/** An empty folder to put what comes into. Whatever an earlier restore left there unfinished is removed. */
export async function stage(folder: string): Promise<string> {
  await rm(staged(folder), { recursive: true, force: true })
  const into = join(staged(folder), 'new')
  await mkdir(into, { recursive: true, mode: 0o700 })
  return into
}

export const unstage = (folder: string): Promise<void> =>
  rm(staged(folder), { recursive: true, force: true })

/** From here on the exchange happens, by whoever comes next. The caller has the database's lock. */
export async function commit(folder: string, plan: Plan, told: Told): Promise<void> {
  told('plan')
  const file = await open(join(staged(folder), 'plan.json'), 'w', 0o600)
  await file.writeFile(JSON.stringify(plan))
  await file.sync().finally(() => file.close())
  await syncFolder(join(staged(folder), 'new'))
  await syncFolder(staged(folder))
  told('commit')
  await rename(staged(folder), ready(folder))
  await syncFolder(folder)
}

/**
 * Finishes an exchange that was begun in a data folder. Throws a BridgeError (`config`) while somebody else has the
 * folder, who may be at it right now. Nothing to finish costs nothing. What was put beside by a restore that died before
 * its exchange is removed.
 */
export async function finishSwap(folder: string, told: Told = () => undefined): Promise<void> {
  const begun = existsSync(ready(folder))
  if (!begun && !existsSync(staged(folder))) return
  let unlock: () => void
  try {
    unlock = lockDatabase(join(folder, 'bridge.sqlite'))
  } catch (error) {
    // A restore that is still at work.
    if (!begun && isTaken(error)) return
    throw error
  }
  try {
    // One may have been begun meanwhile.
    if (existsSync(ready(folder))) await exchange(folder, told)
    await unstage(folder)
  } finally {
    unlock()
  }
}

/** Under the lock. What still is in `new` has not come; so what has its name is the former. */
export async function exchange(folder: string, told: Told): Promise<void> {
  const from = ready(folder)
  // Without a plan all is done but the cleaning; one that only cannot be read still has to be followed.
  const text = await readFile(join(from, 'plan.json'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  if (text !== undefined) {
    const plan: Plan = JSON.parse(text)
    const aside = join(folder, plan.folder)
    const waits = (name: string) => existsSync(join(from, 'new', name))
    for (const name of plan.aside) {
      const hasCome = plan.comes.includes(name) && !waits(name)
      if (hasCome || !existsSync(join(folder, name))) continue
      told(`aside ${name}`)
      await mkdir(aside, { recursive: true, mode: 0o700 })
      await rename(join(folder, name), join(aside, name))
    }
    if (existsSync(aside)) await syncFolder(aside)
    await syncFolder(folder)
    for (const name of plan.comes) {
      if (!waits(name)) continue
      told(`in ${name}`)
      await rename(join(from, 'new', name), join(folder, name))
    }
    await syncFolder(folder)
  }
  told('clean')
  await rm(join(from, 'plan.json'), { force: true })
  await rm(from, { recursive: true, force: true })
}
