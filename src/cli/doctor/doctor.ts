import { toBridgeError } from '../../core/errors.ts'
import { type Finding, problem } from '../../core/finding.ts'
import type { Language } from '../../core/words.ts'
import { load, type Named } from '../load.ts'
import { exits } from '../refusals.ts'
import { type Check, carriedOut } from './check.ts'
import { databaseCheck, othersCheck } from './data.ts'
import { diskCheck, folderCheck } from './folder.ts'
import { type Ground, groundOf } from './ground.ts'
import { lifeFindings } from './life.ts'
import { placeCheck, placesOf } from './listening.ts'
import { ffmpegCheck, nodeCheck } from './machine.ts'
import { lookOutside } from './outside.ts'
import { asJson, report, verdict } from './report.ts'
import { secretsCheck } from './secrets.ts'

/** How it looks and speaks. */
export interface Manner {
  /** For programs. */
  readonly json: boolean
  /** How long each look may take, in milliseconds. */
  readonly patienceMs: number
}

/**
 * Looks for whatever keeps a bridge from its work, and says what helps. Starts, makes and changes nothing. The exit code
 * says whether there is a problem; where the configuration cannot be loaded it is that of a wrong configuration.
 */
export async function doctor(named: Named, { json, patienceMs }: Manner): Promise<number> {
  const each = (check: Check) => carriedOut(check, patienceMs)
  const machine = (await Promise.all([nodeCheck, ffmpegCheck].map(each))).flat()
  let ground: Ground
  try {
    const { loaded, kinds } = await load(named)
    ground = await groundOf(loaded, kinds, patienceMs)
  } catch (thrown) {
    const language = localeLanguage(process.env)
    tell([...machine, unloadable(thrown)], language, json)
    return toBridgeError(thrown).failure.code === 'config' ? exits.config : exits.failed
  }
  const { language } = ground.loaded.config
  const findings = [
    ...machine,
    ...(await lookAround(ground, named)),
    ...(await lookOutside(ground)),
  ]
  tell(findings, language, json)
  return verdict(findings)
}

/** What is on this machine. */
async function lookAround(ground: Ground, { files }: Named): Promise<readonly Finding[]> {
  const { loaded, kinds, patienceMs, folder, life } = ground
  const { config } = loaded
  const alive = life.state !== 'stopped'
  const registration = config.matrix.enabled ? config.matrix.registration : null
  const checks: Check[] = [
    secretsCheck(loaded, files, registration),
    ...(folder === undefined
      ? []
      : [
          folderCheck(folder),
          diskCheck(folder, config.media.maxBytes),
          databaseCheck(config, folder),
          othersCheck(config, folder),
        ]),
    ...placesOf(config, kinds).map((place) => placeCheck(place, alive)),
  ]
  const found = await Promise.all(checks.map((check) => carriedOut(check, patienceMs)))
  const loads: Finding = {
    level: 'ok',
    what: { zh: '配置没有问题', en: 'The configuration is sound' },
  }
  return [loads, ...found.flat(), ...(folder === undefined ? [] : lifeFindings(life))]
}

function tell(findings: readonly Finding[], language: Language, json: boolean): void {
  console.log(
    json
      ? JSON.stringify({ findings: asJson(findings, language) }, undefined, 2)
      : report(findings, language),
  )
}

function unloadable(thrown: unknown): Finding {
  const { message } = toBridgeError(thrown)
  return problem(
    {
      zh: `配置不能用：\n${indented(message)}`,
      en: `The configuration cannot be used:\n${indented(message)}`,
    },
    {
      zh: '改正它，再运行一次 doctor：其余的在那之后才能检查。',
      en: 'Mend it, and run doctor again: the rest can be looked at only then.',
    },
  )
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ')

/** Where no configuration says it. */
const localeLanguage = ({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): Language =>
  (LC_ALL || LC_MESSAGES || LANG || '').startsWith('zh') ? 'zh' : 'en'
