import { expect } from 'vitest'
import type { Chat } from '../../../src/core/chat.ts'
import type { ChatId, Key } from '../../../src/core/ids.ts'
import type { MediaRef, Message } from '../../../src/core/message.ts'
import type { Open, Receipt } from '../../../src/ports/outlet.ts'
import type {
  ChatSend,
  Doubt,
  Login,
  WeChatConnector,
  WeChatSink,
} from '../../../src/ports/wechat.ts'
import { until } from '../../support/until.ts'
import type { ConnectorHarness, ConnectorWorld } from './world.ts'

/** One harness with the connectors started over it. */
export class Bench {
  readonly harness: ConnectorHarness
  readonly #running: Running[] = []

  constructor(harness: ConnectorHarness) {
    this.harness = harness
  }

  get world(): ConnectorWorld {
    return this.harness.world
  }

  start(): Running {
    const one = runConnector(this.harness.connector(), new Facts())
    this.#running.push(one)
    return one
  }

  /** A connector whose login somebody scanned and confirmed. */
  async online(): Promise<Running> {
    const one = this.start()
    await until(() => one.facts.last()?.state === 'scan', 'a login code')
    await this.world.scan()
    await until(() => one.facts.last()?.state === 'scanned', 'the scan')
    await this.world.confirm()
    await until(() => one.facts.last()?.state === 'online', 'being online')
    return one
  }

  friendChat(one: Running): Promise<Chat> {
    return until(() => one.facts.chat('friend', this.world.friend), 'the chat of the friend')
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((each) => each.stop()))
    await this.harness.close()
  }
}

/** What a connector told, in order; may refuse messages. */
export class Facts {
  readonly logins: Login[] = []
  readonly chats = new Map<ChatId, Chat>()
  readonly messages: Message[] = []
  readonly order: string[] = []
  readonly echoes = new Map<Key, Receipt>()
  readonly reads: ChatId[] = []
  /** Groups whose members were told of, each time. */
  readonly rosters: ChatId[] = []
  readonly doubts: Doubt[] = []
  readonly merges: { readonly from: ChatId; readonly into: ChatId }[] = []
  refuse: (message: Message) => boolean = () => false

  async login(login: Login): Promise<void> {
    this.logins.push(login)
  }

  async keepChats(chats: readonly Chat[]): Promise<void> {
    for (const chat of chats) {
      this.chats.set(chat.id, chat)
      this.order.push(`chat ${chat.id}`)
    }
  }

  async message(message: Message, raw: string): Promise<void> {
    expect(raw.length).toBeGreaterThan(0)
    if (this.refuse(message)) throw new Error('the store cannot take it now')
    this.messages.push(message)
    this.order.push(`message ${message.id}`)
  }

  last(): Login | undefined {
    return this.logins.at(-1)
  }

  chat(kind: Chat['kind'], name: string): Chat | undefined {
    return [...this.chats.values()].find((each) => each.kind === kind && each.name === name)
  }

  /** Texts of people, oldest first. */
  texts(): string[] {
    return this.messages.flatMap((each) => textOf(each) ?? [])
  }

  pictures(): MediaRef[] {
    return this.messages.flatMap(({ content }) => (content.kind === 'image' ? content.media : []))
  }

  said(text: string): Promise<Message> {
    return until(() => this.messages.find((each) => textOf(each) === text), `"${text}"`)
  }
}

export interface Running {
  readonly connector: WeChatConnector
  readonly facts: Facts
  send(job: ChatSend, open?: Open): ReturnType<WeChatConnector['send']>
  stop(): Promise<void>
}

export function runConnector(connector: WeChatConnector, facts: Facts): Running {
  const stop = new AbortController()
  const sink: WeChatSink = {
    login: (login) => facts.login(login),
    chats: async (chats) => void (await facts.keepChats(chats)),
    message: (message, raw) => facts.message(message, raw),
    members: async (groups) => {
      for (const group of groups) {
        // Who is asked about is answered at once.
        await connector.people?.members(group)
        facts.rosters.push(group)
      }
    },
    echo: async (key, receipt) => void facts.echoes.set(key, receipt),
    read: async (chat) => void facts.reads.push(chat),
    doubts: async (doubts) => void facts.doubts.splice(0, facts.doubts.length, ...doubts),
    merge: async (from, into) => void facts.merges.push({ from, into }),
  }
  const ran = connector.run(sink, stop.signal)
  return {
    connector,
    facts,
    send: (job, open = noMedia) => connector.send(job, open, AbortSignal.timeout(20_000)),
    stop: async () => {
      stop.abort()
      await ran
    },
  }
}

const noMedia: Open = async () => {
  throw new Error('this job has no media')
}

/** Does a recall name this message? */
export function names(recall: Message | undefined, target: Message): boolean {
  const { content } = recall ?? {}
  if (content?.kind !== 'recall') return false
  return content.target.aliases.some((each) => target.aliases.includes(each))
}

/** The words of a text message. */
export function textOf(message: Message): string | undefined {
  return message.content.kind === 'text' ? message.content.text : undefined
}
