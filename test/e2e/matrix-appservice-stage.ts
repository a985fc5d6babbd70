import {
  type AppserviceOptions,
  type AppservicePorts,
  createAppservice,
  type Inhabitant,
  type MatrixAppservice,
} from '../../adapters/matrix/appservice.ts'
import type { Fleeting } from '../../adapters/matrix/ephemeral.ts'
import type { RoomEvent } from '../../adapters/matrix/ingress.ts'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import { freePort } from '../support/free-port.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { type Synapse, type SynapseOptions, startSynapse } from './synapse.ts'

/** The application service alone on a real Synapse, with people in it that only listen. */
export interface Stage {
  readonly synapse: Synapse
  readonly vault: ReturnType<typeof memoryVault>
  readonly log: ReturnType<typeof memoryLog>
  readonly bot: string
  /** Where the homeserver reaches the bridge. */
  readonly port: number
  /** A fresh one over the same vault, as after a restart of the process. */
  service(
    changed?: Partial<AppserviceOptions> & Partial<AppservicePorts> & { readonly url?: string },
  ): MatrixAppservice
  drop(): Promise<void>
}

/** Somebody in it, and what they heard. */
export interface Listener {
  readonly said: string[]
  readonly events: RoomEvent[]
  readonly fleeting: Fleeting[]
  readonly returns: number[]
  /** Takes nothing as long as it is true. */
  refuses: boolean
  readonly inhabitant: Inhabitant
  /** Lets them in, and resolves when the homeserver reaches the first; the result lets them out again. */
  enter(beside?: 'others'): Promise<() => Promise<void>>
}

export async function stage(
  options: Omit<SynapseOptions, 'registrations'> & {
    readonly registered?: (yaml: string) => string
  } = {},
): Promise<Stage> {
  const port = await freePort()
  const registration = makeRegistration({ url: `http://127.0.0.1:${port}` })
  const { registered = (yaml: string) => yaml, ...rest } = options
  const yaml = registered(registrationYaml(registration))
  const synapse = await startSynapse({ ...rest, registrations: [yaml] })
  const vault = memoryVault()
  const log = memoryLog()
  return {
    synapse,
    vault,
    log,
    port,
    bot: `@${registration.senderLocalpart}:localhost`,
    service: ({ url, ...changed } = {}) =>
      createAppservice(
        {
          homeserver: { url: url ?? synapse.url, domain: synapse.domain },
          registration,
          listen: { host: '127.0.0.1', port },
          ...changed,
        },
        { vault, clock: realClock, random: Math.random, log, ...changed },
      ),
    drop: () => synapse.drop(),
  }
}

/** As the inbox of a bridge: what was taken once is not taken again, after a restart neither. */
const inbox = new Set<string>()

export function listener(
  service: MatrixAppservice,
  owner: string,
  log: { readonly lines: readonly string[] },
  more: { readonly person?: string; readonly home?: string } = {},
): Listener {
  const names = service.names(more.person)
  const it: Listener = {
    said: [],
    events: [],
    fleeting: [],
    returns: [],
    refuses: false,
    inhabitant: {
      owner,
      names,
      read(event) {
        const { body } = event.content
        return {
          event: event.id,
          room: event.room,
          async to() {
            if (it.refuses) throw new Error('not now')
            if (inbox.has(event.id)) return
            inbox.add(event.id)
            it.events.push(event)
            const isSaid = event.type === 'm.room.message' && !names.owns(event.sender)
            if (isSaid) it.said.push(String(body))
          },
        }
      },
      fleeting: (event) => void it.fleeting.push(event),
      returned: () => void it.returns.push(Date.now()),
      ...(more.home !== undefined && { home: async () => more.home }),
    },
    async enter(beside) {
      const leaving = new AbortController()
      const before = log.lines.length
      const over = service.house(it.inhabitant, leaving.signal)
      const isReached = () =>
        log.lines.slice(before).some((line) => line.includes('reach each other.'))
      if (!beside) await Promise.race([until(isReached, 'the ping'), over])
      return async () => {
        leaving.abort(new Error('the test ends it'))
        await over
      }
    },
  }
  return it
}
