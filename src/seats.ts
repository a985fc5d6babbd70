import { readFile } from 'node:fs/promises'
import type { AppservicePorts, MatrixAppservice } from '../adapters/matrix/appservice.ts'
import type { Database } from '../adapters/sql/open.ts'
import type { Claim } from '../adapters/telegram/options.ts'
import type { Config } from '../config/schema.ts'
import type { Seat } from './bridge/parts.ts'
import { BridgeError } from './core/errors.ts'
import { hubId } from './core/ids.ts'
import type { Voice } from './core/words.ts'
import type { Clock } from './ports/clock.ts'
import type { Log, Trace } from './ports/telemetry.ts'

/** What every part is given. */
export interface Tools {
  readonly clock: Clock
  readonly log: Log
  readonly trace?: Trace
}

/** What the application service asks of the bridge as a whole. */
export type HousePorts = Required<Pick<AppservicePorts, 'newcomer' | 'provisioning'>>

/** The application service that all who live here share. Throws a BridgeError of code `config`. */
export async function matrixHouse(
  config: Config,
  database: Database,
  { clock, log }: Tools,
  ports: HousePorts,
): Promise<MatrixAppservice> {
  // Imported late: the page alone should not wait for, or need, the Matrix SDK.
  const { createAppservice } = await import('../adapters/matrix/appservice.ts')
  const { parseRegistration } = await import('../adapters/matrix/registration.ts')
  const { matrix } = config
  const { secret } = matrix.provisioning
  const file = needed(matrix.registration)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw configError(`matrix.registration: the file ${file} cannot be read (${error.code})`)
  })
  return createAppservice(
    {
      homeserver: { url: needed(matrix.homeserver.url), domain: needed(matrix.homeserver.domain) },
      registration: parseRegistration(text),
      listen: matrix.listen,
      permissions: matrix.permissions,
      admin: needed(matrix.owner),
      ...(secret !== null && { provisioning: { secret } }),
    },
    { vault: database.vault('matrix-appservice'), clock, random: Math.random, log, ...ports },
  )
}

/** Whose hub it is. Without `person` it is the first person's. */
export interface MatrixOwner {
  readonly owner: string
  readonly person?: string
}

/** One person's hub on Matrix, as configured. */
export async function matrixSeat(
  config: Config,
  appservice: MatrixAppservice,
  database: Database,
  voice: Voice,
  { clock, log, trace }: Tools,
  { owner, person }: MatrixOwner,
): Promise<Seat> {
  const { createMatrixHub } = await import('../adapters/matrix/hub.ts')
  const { matrix } = config
  const { concurrency, perSecond, perRoomSecond } = matrix.rate
  const adapter = createMatrixHub(
    appservice,
    {
      id: hubId('matrix'),
      owner,
      ...(person !== undefined && { person }),
      ...(matrix.roomVersion !== null && { roomVersion: matrix.roomVersion }),
      ...(matrix.doublePuppet.token !== null && { puppetToken: matrix.doublePuppet.token }),
      space: matrix.space,
      memberLimit: matrix.members,
      atLogout: matrix.atLogout,
      status: matrix.status,
      rate: {
        concurrency,
        lane: { count: perSecond, perMs: 1_000 },
        bucket: { count: perRoomSecond, perMs: 1_000 },
      },
      get language() {
        return voice.language
      },
    },
    { vault: database.vault('matrix'), clock, random: Math.random, log, ...(trace && { trace }) },
  )
  return { adapter, users: new Set([owner]), mps: matrix.mps }
}

/** Telegram as configured, and how to become its owner, once that is known. Who that is, the adapter knows. */
export async function telegramSeat(
  config: Config,
  database: Database,
  voice: Voice,
  { clock, log, trace }: Tools,
): Promise<{ readonly seat: Seat; readonly claim: Promise<Claim | undefined> }> {
  // Imported late, as Matrix is.
  const { createTelegramHub } = await import('../adapters/telegram/hub.ts')
  const { apiRoot, filesDir, mps, place, proxy, rate, token, webhook } = config.telegram
  const adapter = createTelegramHub(
    {
      id: hubId('telegram'),
      token: needed(token),
      apiRoot,
      ...(filesDir !== null && { filesDir }),
      ...(proxy !== null && { proxy }),
      place,
      rate,
      ...(webhook.url !== null && { webhook: { ...webhook, url: webhook.url } }),
      voice,
    },
    { vault: database.vault('telegram'), clock, random: Math.random, log, ...(trace && { trace }) },
  )
  return { seat: { adapter, users: new Set(), mps }, claim: adapter.claim }
}

export const configError = (message: string): BridgeError =>
  new BridgeError(message, { code: 'config', heal: 'never', certain: true })

/** `missing` in the schema has made sure of these. */
function needed(value: string | null): string {
  if (value === null) throw configError('a value that a hub needs is not set')
  return value
}
