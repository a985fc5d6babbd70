import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { HostFault } from '../protocol.ts'
import type { FileBoxMaker, PuppetMaker } from './vendor.ts'

export interface Loaded {
  readonly Puppet: PuppetMaker
  readonly FileBox: FileBoxMaker
}

/** Thrown inside the host; told outside as it is. */
export class Fault extends Error {
  readonly fault: HostFault
  constructor(fault: HostFault) {
    super(fault.message)
    this.fault = fault
  }
}

/**
 * The puppet of a package: its default export, which a package in the old format has inside of it once more. Throws a
 * {@link Fault} of kind `package`.
 */
export async function load(name: string): Promise<Loaded> {
  const loaded = await import(name).catch((thrown: unknown) => {
    throw broken(`the package ${name} cannot be loaded`, thrown)
  })
  let found: unknown = loaded
  for (let depth = 0; depth < 4 && typeof found !== 'function'; depth++) {
    found = (found as { default?: unknown } | undefined)?.default
  }
  if (typeof found !== 'function') throw broken(`the package ${name} offers no puppet`)
  return { Puppet: found as PuppetMaker, FileBox: await fileBox(name) }
}

/** The file-box that the puppet itself uses, wherever it is installed. */
async function fileBox(name: string): Promise<FileBoxMaker> {
  const from = [import.meta.resolve(name)]
  for (const at of from) {
    const path = createRequire(at).resolve('file-box')
    const { FileBox } = await import(pathToFileURL(path).href)
    if (FileBox) return FileBox
  }
  throw broken(`the package file-box, which ${name} needs, is not installed`)
}

function broken(what: string, thrown?: unknown): Fault {
  const why = thrown instanceof Error ? `: ${thrown.message.split('\n')[0]}` : ''
  return new Fault({ kind: 'package', message: `${what}${why}`, sent: 'no' })
}
