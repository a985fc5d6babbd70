import { createTelegramApi } from '../../adapters/telegram/client.ts'
import { createIntake } from '../../adapters/telegram/intake.ts'
import type { Ingress } from '../../adapters/telegram/parts.ts'
import { poll } from '../../adapters/telegram/poll.ts'
import { eventId, roomId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import type { Point } from '../../src/ports/telemetry.ts'
import { memoryLog, realClock } from './ports.ts'
import { token } from './telegram-calls.ts'

/** Every text is an event; what comes is kept in order. */
export const plainly: Ingress['translate'] = async ({ message, update_id }) => {
  if (message?.text === undefined) return []
  const at = { id: eventId(`${message.chat.id}/${message.message_id}`), room: roomId('1'), at: 0 }
  const event: HubEvent = { ...at, type: 'message', from: 'x', text: message.text }
  return [{ event, raw: JSON.stringify(update_id) }]
}

export interface Polling {
  readonly texts: string[]
  readonly points: [Point, string][]
  readonly log: ReturnType<typeof memoryLog>
  stop(): Promise<void>
}

/** Fast where real ones are slow; else as in the hub. */
const clock = {
  ...realClock,
  sleep: (ms: number, signal: AbortSignal) => realClock.sleep(Math.min(ms, 30), signal),
}

export function polling(
  apiRoot: string,
  how: {
    readonly token?: string
    readonly accept?: (event: HubEvent) => Promise<void>
    readonly translate?: Ingress['translate']
  } = {},
): Polling {
  const texts: string[] = []
  const points: [Point, string][] = []
  const log = memoryLog()
  const stopping = new AbortController()
  const api = createTelegramApi({ token: how.token ?? token, apiRoot }, { clock: realClock })
  const sink = {
    async event(event: HubEvent) {
      await how.accept?.(event)
      if (event.type === 'message') texts.push(event.text ?? '')
    },
  }
  const ports = { clock, random: Math.random, log }
  const take = createIntake(ports, how.translate ?? plainly, sink, stopping.signal)
  const trace = (point: Point, about: string) => void points.push([point, about])
  const running = poll({ ...ports, api, trace, seconds: 5 }, take, stopping.signal)
  return {
    texts,
    points,
    log,
    async stop() {
      stopping.abort(new Error('stopping'))
      await running
    },
  }
}
