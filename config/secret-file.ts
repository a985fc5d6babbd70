import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isPath, safeName } from './masking.ts'
import { readTextFile } from './text-file.ts'

/** Far more than a secret needs, and little enough to read whatever is named. */
const maxBytes = 64 * 1024

/** What a file says, without the white space around it, and its name for words; or what is wrong with it. */
export type SecretFile =
  | { readonly value: string; readonly name: string }
  | { readonly words: string }

/** Reads the secret that `<option>_file` names. Never throws; its words never hold what is in the file. */
export function readSecretFile(file: unknown): SecretFile {
  if (typeof file !== 'string' || file === '') {
    return { words: 'expected the name of a file' }
  }
  const name = nameOf(file)
  const read = readTextFile(file, maxBytes)
  if ('why' in read) return { words: `the file ${name} ${read.why}` }
  const value = read.text.trim()
  return value === '' ? { words: `the file ${name} is empty` } : { value, name }
}

/** Somebody may have put the secret itself where its file was to be named. */
function nameOf(file: string): string {
  const isName = isPath(file) || file.length < 16 || existsSync(file) || isInFolder(file)
  return isName ? safeName(file) : '(not shown, since it may be the secret itself)'
}

function isInFolder(file: string): boolean {
  const folder = dirname(file)
  return folder !== '.' && existsSync(folder)
}
