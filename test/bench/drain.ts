import { dirname, join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { createPump } from '../../src/bridge/pump.ts'
import type { Post } from '../../src/core/post.ts'
import type { Drained } from './backlog.ts'
import { settledRss } from './measure.ts'
import { lane } from './people.ts'
import { openAt } from './seed.ts'
import { instantOutlet, partsOf } from './sides.ts'

// `node drain.ts <database> <items>`: a pump delivers so many items to nobody, and its memory is watched.

const [file = '', count = '0'] = process.argv.slice(2)
const items = Number(count)
const warmUp = 1_000
const every = items / 10

const database = await openAt(file, systemClock)
const opened = settledRss()
const samples: number[] = []
/** Before anything is given back: how much of it the engine keeps for itself, to be quick. */
const untidied: number[] = []
const stopping = new AbortController()
let begun = 0
let ended = 0

const outlet = instantOutlet<Post>((delivered) => {
  if (delivered === warmUp) begun = performance.now()
  if (delivered === warmUp) samples.push(settledRss())
  if (delivered > warmUp && (delivered - warmUp) % every === 0) {
    untidied.push(process.memoryUsage.rss())
    samples.push(settledRss())
  }
  if (delivered === items + warmUp) {
    ended = performance.now()
    stopping.abort(new Error('enough'))
  }
})
const nowhere = () => Promise.reject(new Error('nothing is opened here'))
const mediaStore = await openFiles(join(dirname(file), 'no-media'))
const parts = partsOf(database.store, mediaStore, database.vault('bench'), [])
const lease = await database.store.take(lane, 'bench', 86_400_000)
if (!lease) throw new Error('The lane is not free')
const pump = createPump(parts, {
  outlet,
  open: nowhere,
  address: async (job) => job as Post,
  onUncertain: 'resend',
  giveUpMs: 86_400_000,
  bury: async (_, __, error) => {
    throw error
  },
})
const unwatch = database.store.onWork(() => pump.wake())
await pump.run(lease, stopping.signal)
unwatch()
await database.close()

const [warm = opened] = samples
const highest = Math.max(...samples)
const mega = (bytes: number) => bytes / 1e6
const found: Drained = {
  items,
  opened: mega(opened),
  warm: mega(warm),
  highest: mega(highest),
  untidied: mega(Math.max(...untidied)),
  growth: mega(highest - warm),
  perSecond: (items * 1_000) / (ended - begun),
}
console.log(JSON.stringify(found))
