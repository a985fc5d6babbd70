import { join } from 'node:path'
import { inChild } from './child.ts'
import { compare } from './measure.ts'
import { type Report, row } from './report.ts'
import { throughVerbs } from './seed.ts'
import type { Bench } from './stage.ts'

/**
 * From the start of the process to the page being there and the first delivery being made. Starting is recovering:
 * it looks at what was under way, not at all that waits.
 */
export const start: Bench = async (stage): Promise<Report> => {
  const seeded = await stage.backlog()
  const folder = await stage.folder('start')
  // Something waits here too, enough for each start to deliver some.
  const small = await throughVerbs(
    join(folder, 'bridge.sqlite'),
    { line: 2_000, chats: 10 },
    seeded.begin,
  )
  const once =
    (file: string, killed = false) =>
    async () => {
      if (killed) await inChild('started.ts', [join(file, '..'), 'kill']).ended
      const child = inChild<Started>('started.ts', [join(file, '..')])
      const ready = await child.said('ready')
      const delivered = await child.said('delivered')
      const { opened } = await child.result
      return { ready: ready - child.begun, delivered: delivered - child.begun, opened }
    }
  const turns = { rounds: stage.quick ? 3 : 7, perRound: 1 }
  const found = await compare({ peer: once(small.file), ours: once(seeded.file) }, turns)
  const unclean = await compare(
    { peer: once(small.file, true), ours: once(seeded.file, true) },
    { ...turns, rounds: 3 },
  )
  const rows = [
    row('process start to ready', found.get('ready'), 2),
    row('process start to the first delivery', found.get('delivered'), 2),
    row('  of it opening the database', found.get('opened')),
    row('after kill -9: process start to ready', unclean.get('ready')),
    row('after kill -9: process start to the first delivery', unclean.get('delivered')),
  ]
  const { line, chats } = seeded
  return { about: `${line} items in one chat, ${chats} chats with one`, peer: 'empty', rows }
}

/** What `started.ts` found, in milliseconds. */
export interface Started {
  readonly opened: number
}
