import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Loaded, Sources } from '../../config/load.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { loadConfig } from '../support/config.ts'
import { tempFolder } from '../support/ports.ts'

/** A bot's token and a key: whoever sees one of them in words has found a leak. */
export const token = '123456789:AAsecretABCDEFGHIJKLMNOPQRSTUVWX'
export const key = 'c0ffee'.padEnd(64, '0')

/** A folder of configuration files, and the words of what is wrong with them. */
export async function configLab() {
  const folder = await tempFolder()
  let count = 0
  return {
    path: folder.path,
    drop: () => folder.drop(),
    /** Writes a file and gives its path. */
    async file(text: string | Uint8Array, name = `${count++}.yaml`): Promise<string> {
      const path = join(folder.path, name)
      await writeFile(path, text)
      return path
    },
  }
}

export const load = (sources: Partial<Sources>): Loaded =>
  loadConfig({ files: [], env: {}, sets: [], ...sources })

/** The lines of the error, one for each fault. */
export function faultsOf(sources: Partial<Sources>): readonly string[] {
  try {
    load(sources)
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError)
    expect((error as BridgeError).failure).toEqual({ code: 'config', heal: 'never', certain: true })
    const [head, ...lines] = (error as Error).message.split('\n')
    expect(head).toBe('The configuration cannot be used:')
    return lines.map((line) => line.trim())
  }
  return []
}
