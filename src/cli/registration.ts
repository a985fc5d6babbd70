import { readFile, writeFile } from 'node:fs/promises'
import {
  makeRegistration,
  parseRegistration,
  registrationYaml,
} from '../../adapters/matrix/registration.ts'
import { BridgeError } from '../core/errors.ts'
import { exits } from './refusals.ts'

/** What the file is made of. `keep`: one that is there already is left as it is. */
export interface Wanted {
  readonly url: string
  readonly prefix: string
  readonly out: string
  readonly keep: boolean
}

/** Makes the file that tells a homeserver about the bridge. Rejects with a BridgeError where it cannot be written. */
export async function registration({ url, prefix, out, keep }: Wanted): Promise<number> {
  const text = registrationYaml(makeRegistration({ url, prefix }))
  try {
    // It holds the tokens of both sides: only its owner may read it, and an old one is never overwritten.
    await writeFile(out, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && keep) return kept(out, url)
    throw notWritten(out, code === 'EEXIST' ? 'it is there already' : (code ?? String(error)))
  }
  console.log(
    `Written to ${out}. Name it in app_service_config_files of the homeserver and in matrix.registration of the bridge.`,
  )
  return exits.fine
}

/** What is kept must at least be one. */
async function kept(out: string, url: string): Promise<number> {
  const text = await readFile(out, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw notWritten(out, `it is there already, and cannot be read (${error.code})`)
  })
  const { url: has } = parseRegistration(text)
  console.log(`${out} is there already, and is kept.`)
  if (has !== url) {
    console.log(
      `Its url is ${has}, not ${url}: to change that, change it in the file, and restart homeserver and bridge.`,
    )
  }
  return exits.fine
}

const notWritten = (out: string, why: string): BridgeError =>
  new BridgeError(
    `${out} was not written: ${why}. Name another file with --out, or keep the one that is there with --keep.`,
    { code: 'refused', heal: 'never', certain: true },
  )
