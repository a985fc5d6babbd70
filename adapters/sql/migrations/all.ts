import type { Migration } from 'kysely/migration'
import type { Engine } from '../engine.ts'
import { init } from './0001_init.ts'
import { mergedChats } from './0002_merged_chats.ts'
import { delivery } from './0003_delivery.ts'

const all = {
  '0001_init': init,
  '0002_merged_chats': () => mergedChats,
  '0003_delivery': () => delivery,
} satisfies Record<string, (engine: Engine) => Migration>

/** All that this version knows, in the order in which they run. */
export const migrationNames: readonly string[] = Object.keys(all)

export const migrationsFor = (engine: Engine): Record<string, Migration> =>
  Object.fromEntries(Object.entries(all).map(([name, made]) => [name, made(engine)]))
