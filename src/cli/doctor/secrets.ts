import { stat } from 'node:fs/promises'
import { type Entry, entries } from '../../../config/entries.ts'
import type { Loaded } from '../../../config/load.ts'
import { type Finding, note, problem } from '../../core/finding.ts'
import type { Check } from './check.ts'

/** Files with secrets that everybody on this machine may read. */
export const secretsCheck = (
  loaded: Loaded,
  files: readonly string[],
  registration: string | null,
): Check => ({
  name: { zh: '含密钥的文件', en: 'The files with secrets' },
  async run() {
    if (process.platform === 'win32') return []
    const places = entries(loaded)
      .filter(({ secret, shown }) => secret && shown !== 'null')
      .map(placeOf)
    const among = (file: string) => places.some((place) => place.holder === file)
    const own = [...files, '.env'].filter(among)
    if (registration !== null) own.push(registration)
    // What mounts a secret into a container often lets everybody in there read it.
    const named = places.flatMap(({ file }) => (file === undefined ? [] : [file]))
    const told = await Promise.all([
      ...own.map((file) => openTo(file, problem)),
      ...named.map((file) => openTo(file, note)),
    ])
    return told.flat()
  },
})

/** Which file holds a secret: an origin is a file with its line, or `.env NAME`; `, file …` names where it was read from. */
function placeOf({ origin }: Entry): { readonly holder?: string; readonly file?: string } {
  const [from = '', ...rest] = origin.split(', file ')
  if (rest.length > 0) return { file: rest.join(', file ') }
  return { holder: from.startsWith('.env ') ? '.env' : from.replace(/:\d+$/, '') }
}

async function openTo(file: string, level: typeof problem): Promise<readonly Finding[]> {
  const mode = await stat(file).then(
    ({ mode: bits }) => bits & 0o777,
    () => 0,
  )
  return (mode & 0o004) === 0 ? [] : [open(file, mode, level)]
}

const open = (file: string, mode: number, level: typeof problem): Finding =>
  level(
    {
      zh: `${file} 里有密钥，而这台机器上谁都能读它（${mode.toString(8)}）。`,
      en: `${file} holds secrets, and everybody on this machine may read it (${mode.toString(8)}).`,
    },
    { zh: `只留给它的主人：chmod 600 ${file}`, en: `Leave it to its owner: chmod 600 ${file}` },
  )
