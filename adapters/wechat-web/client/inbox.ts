import { readContacts } from '../api.ts'
import { isRoom } from '../contact.ts'
import { readStatus } from '../content/status.ts'
import { msgIdOf, partiesOf } from '../normalise.ts'
import { number, type Raw, records, text } from '../raw.ts'
import { insist, receive, type TroubleParts, takeKeys } from '../sync.ts'
import { cleanName } from '../text.ts'
import { fetchContacts } from './contacts.ts'
import { forever } from './core.ts'
import type { ClientMessage, SystemMessage } from './message.ts'
import { type ReadParts, readMessage } from './read.ts'
import { attempt } from './result.ts'
import { User } from './user.ts'

/** Chats and members nobody told us of are asked for at most this often. */
const askAgainMs = 30_000

/** What comes in: fetched, told apart, put in a row; each message once, contacts before messages (trap 36). */
export class Inbox {
  readonly #parts: ReadParts
  readonly #keep: () => Promise<void>
  readonly #row: ClientMessage[] = []
  readonly #asked = new Map<string, number>()
  #arrived: (() => void) | undefined
  /** Of the loop that receives, while there is one. */
  #signal: AbortSignal | undefined

  /** `keep` stores keys and what was handled, after each answer. */
  constructor(parts: ReadParts, keep: () => Promise<void>) {
    this.#parts = parts
    this.#keep = keep
  }

  /** The loop of protocol §4.4, from the answer of a resumed session on. Throws a SessionEnd, or the signal's reason. */
  receive(first: Raw | undefined, signal: AbortSignal): Promise<never> {
    const never = new AbortController().signal
    this.#signal = signal
    return receive(
      {
        ...this.#trouble(),
        answer: (answer) => this.#take(answer),
        save: this.#keep,
        poke: () => never,
      },
      first,
      signal,
    )
  }

  /** One webwxsync. What it brought is in the row as well. */
  async fetchOnce(): Promise<{ messages: readonly Raw[]; contacts: readonly Raw[] }> {
    const { api } = this.#parts.core
    const answer = await api.sync(forever)
    await this.#take(answer)
    takeKeys(api, answer)
    await this.#keep()
    return { messages: records(answer.AddMsgList), contacts: records(answer.ModContactList) }
  }

  /** How many messages are in the row. */
  get waiting(): number {
    return this.#row.length
  }

  /** The next message of the row; undefined if none came within `ms`. */
  async next(ms: number, signal: AbortSignal): Promise<ClientMessage | undefined> {
    if (this.#row.length === 0) {
      const woken = new AbortController()
      this.#arrived = () => woken.abort()
      const ended = AbortSignal.any([woken.signal, signal])
      await this.#parts.core.settings.clock.sleep(ms, ended).catch(() => undefined)
      this.#arrived = undefined
      signal.throwIfAborted()
    }
    return this.#row.shift()
  }

  async #take(answer: Raw): Promise<{ readonly empty: boolean }> {
    const { core } = this.#parts
    const changed = readContacts(answer.ModContactList)
    const gone = readContacts(answer.DelContactList).map((each) => each.UserName)
    core.roster.learn(changed)
    core.roster.forget(gone)
    const members = readContacts(answer.ModChatRoomMemberList).map((each) => each.UserName)
    const rooms = [...changed.map((each) => each.UserName), ...members].filter(isRoom)
    if (rooms.length > 0) {
      await this.#insist(() => fetchContacts(core, [...new Set(rooms)]))
      this.#put(this.#system('chatrooms', rooms, answer))
    }
    const messages = records(answer.AddMsgList)
    for (const raw of messages) await this.#message(raw)
    return { empty: messages.length + changed.length + gone.length + members.length === 0 }
  }

  async #message(raw: Raw): Promise<void> {
    const { core } = this.#parts
    if (number(raw.MsgType) === 51) {
      const { chats } = readStatus(raw)
      await this.#know(chats.filter((each) => !core.roster.get(each)))
      if (chats.length > 0) this.#put(this.#system('uins', chats, raw))
      return
    }
    const msgId = msgIdOf(raw)
    if (core.handled.has(msgId)) return
    const parties = partiesOf(raw, core.self.UserName)
    if (parties) {
      const { chat, member } = parties
      const known = core.roster.get(chat)
      const isNew = !known || (isRoom(chat) && !known.Members)
      const isStranger = member !== undefined && !core.roster.member(chat, member)
      if (isNew || isStranger) await this.#know([chat])
    }
    const message = readMessage(this.#parts, raw)
    if (message && !this.#isOwnRecall(message)) this.#put(message)
    core.handled.add(msgId, message?.isMine ?? false)
  }

  /** The echo of a recall this client made (trap 68). */
  #isOwnRecall(message: ClientMessage): boolean {
    if (message.kind !== 'note' || !message.recall) return false
    const { aliases } = message.recall.target
    return aliases.some((each) => this.#parts.core.handled.has(`recall:${each}`))
  }

  async #know(userNames: readonly string[]): Promise<void> {
    const { core } = this.#parts
    const now = core.settings.clock.now()
    const wanted = userNames.filter((each) => {
      const last = this.#asked.get(each) ?? Number.NEGATIVE_INFINITY
      if (!each.startsWith('@') || now - last < askAgainMs) return false
      this.#asked.set(each, now)
      return true
    })
    await this.#insist(() => fetchContacts(core, wanted))
  }

  /** As often as it takes while receiving; by hand once, and what is not known then is not known. */
  async #insist(work: () => Promise<unknown>): Promise<void> {
    const signal = this.#signal
    if (signal && !signal.aborted) await insist(this.#trouble(), work, signal)
    else await attempt(async () => void (await work()))
  }

  #system(info: SystemMessage['info'], userNames: readonly string[], raw: Raw): SystemMessage {
    const { core, actions } = this.#parts
    const me = core.self.UserName
    return {
      kind: 'system',
      info,
      userNames,
      msgId: text(raw.MsgId),
      msgType: 51,
      fromUserName: me,
      toUserName: me,
      at: core.settings.clock.now(),
      isMine: true,
      myNickName: cleanName(core.self.NickName ?? ''),
      isAt: false,
      text: userNames.join(','),
      chat: new User(core.self, actions),
      sender: undefined,
      content: { kind: 'note', text: '' },
      raw,
      payload: '',
      reply: (words) => actions.sendText(words),
    }
  }

  #put(message: ClientMessage): void {
    this.#row.push(message)
    this.#arrived?.()
  }

  #trouble(): TroubleParts {
    const { api, log, settings } = this.#parts.core
    const { clock, random } = settings
    return { api, clock, random, log, reachable: async () => undefined }
  }
}
