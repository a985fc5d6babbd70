import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from './report.ts'
import { type Amount, type Seeded, seed } from './seed.ts'

/** Where benches find what they measure on. */
export interface Stage {
  readonly quick: boolean
  /** How much waits in the large store. */
  readonly amount: Amount
  /** A new folder; all of them are removed at the end. */
  folder(name: string): Promise<string>
  /** The large store, built once and shared: what one bench drains, the next does not see any more. */
  backlog(): Promise<Seeded>
  /** Tells how far it got. */
  say(text: string): void
}

export type Bench = (stage: Stage) => Promise<Report>

/** What it made is removed when the process ends, even if somebody could not wait. */
export async function openStage(quick: boolean): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'wechat-bridge-bench-'))
  const amount = quick ? { line: 50_000, chats: 1_000 } : { line: 1_000_000, chats: 10_000 }
  const say = (text: string) => console.error(`… ${text}`)
  let seeded: Promise<Seeded> | undefined
  const stage: Stage = {
    quick,
    amount,
    say,
    async folder(name) {
      await mkdir(join(root, name))
      return join(root, name)
    },
    backlog() {
      seeded ??= build()
      return seeded
    },
  }
  process.once('exit', () => rmSync(root, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  return stage

  async function build(): Promise<Seeded> {
    say(`building a store with ${amount.line} items in one chat and ${amount.chats} chats with one`)
    const begun = performance.now()
    const built = await seed(await stage.folder('backlog'), amount)
    say(`built in ${((performance.now() - begun) / 1_000).toFixed(0)} s`)
    return built
  }
}
