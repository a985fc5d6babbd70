import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Where this process connects to, seen at the client's end, whether or not anybody answers there. */
export interface Outgoing {
  /** `host:port` of every attempt so far; a name that was looked up is `lookup <name>`. */
  readonly targets: ReadonlySet<string>
  stop(): void
}

/** Watches every plain socket of the process, and every connection that undici begins (TLS ones too). */
export function watchOutgoing(): Outgoing {
  const targets = new Set<string>()
  const onSocket = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    socket.on('connectionAttempt', (ip: string, port: number) => targets.add(`${ip}:${port}`))
    socket.on('lookup', (_error: unknown, _address: string, _family: unknown, host: string) => {
      targets.add(`lookup ${host}`)
    })
  }
  const onConnect = (message: unknown) => {
    const { connectParams } = message as {
      readonly connectParams: {
        readonly hostname: string
        readonly port: string
        readonly protocol: string
      }
    }
    const { hostname, port, protocol } = connectParams
    targets.add(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`)
  }
  subscribe('net.client.socket', onSocket)
  subscribe('undici:client:beforeConnect', onConnect)
  return {
    targets,
    stop() {
      unsubscribe('net.client.socket', onSocket)
      unsubscribe('undici:client:beforeConnect', onConnect)
    },
  }
}
