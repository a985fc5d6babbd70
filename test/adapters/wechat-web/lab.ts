import type { WeChatWebOptions } from '../../../adapters/wechat-web/connector.ts'
import { createWeChatWeb } from '../../../adapters/wechat-web/connector.ts'
import { officialClientVersion, officialExtspam } from '../../../adapters/wechat-web/uos.ts'
import type { Chat } from '../../../src/core/chat.ts'
import type { ChatId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Receipt } from '../../../src/ports/outlet.ts'
import type { Doubt, Login, WeChatConnector, WeChatSink } from '../../../src/ports/wechat.ts'
import type { Control, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

/** Pauses short enough for tests, timeouts long enough for a busy machine. */
export const quick = {
  poll: 15_000,
  call: 10_000,
  contacts: 10_000,
  upload: 10_000,
  download: 10_000,
  backoff: 10,
  backoffMax: 50,
  gap: 5,
  batchGap: 5,
  limited: 20,
  mediaRetries: [10, 10],
}

/** A connector speaking to a sandbox, in desktop mode. */
export function connectorTo(
  origin: string,
  vault = memoryVault(),
  log = memoryLog(),
  more: Partial<WeChatWebOptions> = {},
): WeChatConnector {
  return createWeChatWeb(
    {
      loginBase: origin,
      desktop: { clientVersion: officialClientVersion, extspam: officialExtspam },
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0',
      maxImageBytes: 5_000_000,
      timeouts: quick,
      ...more,
    },
    { vault, clock: realClock, random: Math.random, log },
  )
}

/** A running connector with all it told. */
export interface Desk {
  readonly connector: WeChatConnector
  readonly logins: Login[]
  readonly chats: Chat[]
  readonly messages: Message[]
  readonly echoes: readonly { readonly key: string; readonly receipt: Receipt }[]
  /** Chats read on another device. */
  readonly reads: readonly ChatId[]
  /** Groups whose members were told of, each time. */
  readonly rosters: readonly ChatId[]
  /** All doubts told last. */
  readonly doubts: readonly Doubt[]
  readonly merges: readonly { readonly from: ChatId; readonly into: ChatId }[]
  chat(name: string): Promise<Chat>
  said(text: string): Promise<Message>
  state(state: Login['state']): Promise<Login>
  stop(): Promise<void>
}

/** Runs it. A phone, if given, scans and confirms every code that is shown. */
export function run(connector: WeChatConnector, phone?: Control): Desk {
  const stop = new AbortController()
  const logins: Login[] = []
  const chats: Chat[] = []
  const messages: Message[] = []
  const echoes: Desk['echoes'][number][] = []
  const reads: ChatId[] = []
  const rosters: ChatId[] = []
  const doubts: Doubt[] = []
  const merges: { from: ChatId; into: ChatId }[] = []
  const sink: WeChatSink = {
    login: async (login) => {
      logins.push(login)
      if (login.state === 'scan' && phone) confirm(phone, logins).catch(() => undefined)
    },
    chats: async (told) => void chats.push(...told),
    message: async (message) => void messages.push(message),
    echo: async (key, receipt) => void echoes.push({ key, receipt }),
    members: async (groups) => void rosters.push(...groups),
    read: async (chat) => void reads.push(chat),
    doubts: async (told) => void doubts.splice(0, doubts.length, ...told),
    merge: async (from, into) => void merges.push({ from, into }),
  }
  const ran = connector.run(sink, stop.signal)
  const text = (message: Message) =>
    message.content.kind === 'text' ? message.content.text : undefined
  return {
    connector,
    logins,
    chats,
    messages,
    echoes,
    reads,
    rosters,
    doubts,
    merges,
    chat: (name) => until(() => chats.findLast((each) => each.name === name), `chat ${name}`),
    said: (words) => until(() => messages.find((each) => text(each) === words), `"${words}"`),
    state: (state) =>
      until(() => (logins.at(-1)?.state === state ? logins.at(-1) : undefined), `state ${state}`),
    stop: async () => {
      stop.abort()
      await ran
    },
  }
}

/** People confirm after a moment, whether or not the other side has heard of the scan. */
async function confirm(phone: Control, logins: readonly Login[]): Promise<void> {
  await phone.scan()
  const heard = () => logins.at(-1)?.state === 'scanned'
  await until(heard, 'the scan', 500).catch(() => undefined)
  await phone.confirm()
}

/** Online, by the phone. */
export async function online(sandbox: Sandbox, connector: WeChatConnector): Promise<Desk> {
  const desk = run(connector, sandbox.control)
  await desk.state('online')
  await sandbox.control.settled()
  return desk
}
