import { readFile } from 'node:fs/promises'
import type { Registration } from '../../../adapters/matrix/registration.ts'
import { systemClock } from '../../../adapters/system/clock.ts'
import { type Config, telegramIsOn } from '../../../config/schema.ts'
import type { ClockSeen, Probed } from '../../core/finding.ts'
import { unfit } from '../refusals.ts'
import { type Check, carriedOut } from './check.ts'
import { clockFindings } from './clock.ts'
import type { Ground } from './ground.ts'
import { waysOf } from './ways.ts'

/**
 * Everything that is outside of this machine: the homeserver both ways, Telegram, the ways into WeChat, and by them the
 * clock. All at once, each tried once.
 */
export async function lookOutside(ground: Ground) {
  const clocks: ClockSeen[] = []
  const checks = [...matrixChecks(ground), ...telegramChecks(ground), ...wayChecks(ground)]
  const found = await Promise.all(
    checks.map((probe) => carriedOut(asCheck(probe, clocks), ground.patienceMs)),
  )
  return [...found.flat(), ...clockFindings(clocks)]
}

interface Probe extends Pick<Check, 'name'> {
  run(signal: AbortSignal): Promise<Probed>
}

const asCheck = ({ name, run }: Probe, clocks: ClockSeen[]): Check => ({
  name,
  async run(signal) {
    const probed = await run(signal)
    clocks.push(...probed.clocks)
    return probed.findings
  },
})

const isAlive = ({ life }: Ground): boolean => life.state !== 'stopped'

function matrixChecks(ground: Ground): readonly Probe[] {
  const { matrix } = ground.loaded.config
  if (!matrix.enabled) return []
  const { doublePuppet, homeserver, listen, owner } = matrix
  const run = async (signal: AbortSignal) => {
    const { probeMatrix } = await import('../../../adapters/matrix/probe.ts')
    // `missing` in the schema has made sure of all that may be null.
    const options = {
      homeserver: { url: homeserver.url ?? '', domain: homeserver.domain ?? '' },
      registration: await registrationOf(matrix),
      owner: owner ?? '',
      listen,
      running: isAlive(ground),
      ...(doublePuppet.token !== null && { puppetToken: doublePuppet.token }),
    }
    return probeMatrix(options, { clock: systemClock, signal })
  }
  return [{ name: { zh: 'Matrix', en: 'Matrix' }, run }]
}

async function registrationOf({ registration }: Config['matrix']): Promise<Registration> {
  const { parseRegistration } = await import('../../../adapters/matrix/registration.ts')
  const file = registration ?? ''
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unfit(
      `matrix.registration: the file ${file} cannot be read (${error.code}). Make one with "npm run bridge -- registration", or name the right one.`,
      error,
    )
  })
  return parseRegistration(text)
}

function telegramChecks({ loaded: { config } }: Ground): readonly Probe[] {
  if (!telegramIsOn(config)) return []
  const { apiRoot, place, proxy, token, webhook } = config.telegram
  const run = async (signal: AbortSignal) => {
    const { probeTelegram } = await import('../../../adapters/telegram/probe.ts')
    const options = {
      token: token ?? '',
      apiRoot,
      place,
      ...(proxy !== null && { proxy }),
      ...(webhook.url !== null && { webhookUrl: webhook.url }),
    }
    return probeTelegram(options, { clock: systemClock, signal })
  }
  return [{ name: { zh: 'Telegram', en: 'Telegram' }, run }]
}

function wayChecks(ground: Ground): readonly Probe[] {
  const ports = { clock: systemClock, running: isAlive(ground) }
  return waysOf(ground.loaded.config, ground.kinds).flatMap(({ door, kind, options }) => {
    const { probe } = kind
    if (!probe) return []
    return {
      name: { zh: `微信（${door}）`, en: `WeChat (${door})` },
      run: (signal: AbortSignal) => probe(options, { ...ports, signal }),
    }
  })
}
