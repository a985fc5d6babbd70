import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fields, Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'

/** The real clock, for tests that talk to real servers. */
export { systemClock as realClock } from '../../adapters/system/clock.ts'

/** A log that keeps its lines; `text()` is all of them, for asserting that no secret is in there. */
export function memoryLog(): Log & { readonly lines: string[]; text(): string } {
  const lines: string[] = []
  const at = (level: string) => (fields: Fields, text: string) => {
    lines.push(`${level} ${text} ${JSON.stringify(fields)}`)
    if (process.env.SHOW_LOG) console.error(lines.at(-1))
  }
  return {
    lines,
    text: () => lines.join('\n'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}

/** A vault in memory, for adapters under test. It survives a "restart" of the adapter, as the real one does. */
export function memoryVault(): Vault & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    get: async (name) => entries.get(name),
    set: async (name, text) => void entries.set(name, text),
    drop: async (name) => void entries.delete(name),
  }
}

/** A folder that is removed by `drop`. */
export async function tempFolder(): Promise<{ path: string; drop: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'wechat-bridge-'))
  return { path, drop: () => rm(path, { recursive: true, force: true }) }
}
