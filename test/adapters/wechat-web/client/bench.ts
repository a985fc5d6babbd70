import {
  createClient,
  type WeChatWebClient,
} from '../../../../adapters/wechat-web/client/client.ts'
import type {
  ClientMessage,
  Kind,
  MessageOf,
} from '../../../../adapters/wechat-web/client/message.ts'
import { kinds } from '../../../../adapters/wechat-web/client/message.ts'
import type { Control, Sandbox, SandboxOptions, Seen } from '../../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../../src/sandbox/server.ts'
import { until } from '../../../support/until.ts'
import { quick } from '../lab.ts'

/** A client of a sandbox with no pauses, and what it heard. */
export interface Bench {
  readonly sandbox: Sandbox
  readonly control: Control
  readonly client: WeChatWebClient
  readonly heard: ClientMessage[]
  /** The next message of a kind, from now on or heard already. */
  hear<K extends Kind>(kind: K, fits?: (message: ClientMessage) => boolean): Promise<Heard<K>>
  /** Requests of an endpoint since the bench was made or marked. */
  asked(path: string): Seen[]
  mark(): void
  close(): Promise<void>
}

export type Heard<K extends Kind> = MessageOf<K>

/** A client of its own for this sandbox. */
export function clientTo(origin: string): WeChatWebClient {
  const pace = { sendMs: 0, mediaMs: 0, contactMs: 0 }
  return createClient({ loginBase: origin, timeouts: { ...quick, mediaRetries: [] }, pace })
}

/** Not logged in; the sandbox's phone scans and confirms by itself. */
export async function bench(options: SandboxOptions = {}): Promise<Bench> {
  const sandbox = await startSandbox({ holdMs: 60, autoConfirmMs: 10, ...options })
  const { control } = sandbox
  const client = clientTo(sandbox.origin)
  const heard: ClientMessage[] = []
  const all = { friend: true, group: true, mp: true }
  client.on(kinds, all, (message) => void heard.push(message))
  let from = 0
  return {
    sandbox,
    control,
    client,
    heard,
    hear: (kind, fits = () => true) =>
      until(async () => {
        await client.configuredReply(50)
        return heard.find((each) => each.kind === kind && fits(each))
      }, `a message of kind ${kind}`) as never,
    asked: (path) =>
      control
        .requests()
        .slice(from)
        .filter((each) => new URL(each.url, 'http://x').pathname.endsWith(`/${path}`)),
    mark: () => {
      from = control.requests().length
    },
    close: async () => {
      await client.close()
      await sandbox.close()
    },
  }
}

/** Logged in, with everybody known. */
export async function online(options: SandboxOptions = {}): Promise<Bench> {
  const made = await bench(options)
  const done = await made.client.login()
  if (!done.ok) throw new Error(`The login failed: ${done.errMsg} ${done.rawMsg}`)
  await made.control.settled()
  return made
}
