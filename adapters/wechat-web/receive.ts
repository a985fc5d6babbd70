import type { Chat } from '../../src/core/chat.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { WeChatSink } from '../../src/ports/wechat.ts'
import { readContacts } from './api.ts'
import { isRoom } from './contact.ts'
import { isMembership, systemText } from './content/system.ts'
import type { Finder } from './fetch.ts'
import type { Handled } from './handled.ts'
import { msgIdOf, normalise, type Parties, partiesOf } from './normalise.ts'
import { lastingOf, type People } from './people.ts'
import { number, printed, type Raw, record, records, text } from './raw.ts'
import type { Sent } from './sent.ts'
import { cleanName } from './text.ts'

export interface ReceiverParts {
  readonly people: People
  readonly finder: Finder
  readonly handled: Handled
  readonly sent: Sent
  readonly sink: WeChatSink
  readonly log: Log
  readonly now: () => number
  /** Oneself changed: name or picture. */
  readonly selfChanged: () => Promise<void>
}

/** Turns what sync brought into facts for the sink, in the order of protocol §3.10. */
export class Receiver {
  readonly #parts: ReceiverParts
  readonly #told = new Map<string, string>()

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  /** All of one answer. Resolves once every fact is durable; rejects if one is not: then ask again (§4.1). */
  async answer(answer: Raw, signal: AbortSignal): Promise<{ readonly empty: boolean }> {
    const messages = records(answer.AddMsgList)
    const changes = [
      ...readContacts(answer.DelContactList),
      ...readContacts(answer.ModContactList),
      ...readContacts(answer.ModChatRoomMemberList),
    ]
    await this.#profile(answer)
    await this.#contacts(answer, signal)
    for (const raw of messages) await this.#message(raw, signal)
    await this.#parts.people.book.save()
    await this.#parts.handled.save()
    return { empty: messages.length === 0 && changes.length === 0 }
  }

  /** Tells those of the chats that are new or changed. */
  async tell(userNames: Iterable<string>): Promise<void> {
    const { people, sink } = this.#parts
    const chats: Chat[] = []
    for (const userName of userNames) {
      const chat = people.chat(userName)
      if (this.#told.get(chat.id) !== JSON.stringify(chat)) chats.push(chat)
    }
    if (chats.length === 0) return
    await people.book.save()
    await sink.chats(chats)
    for (const chat of chats) this.#told.set(chat.id, JSON.stringify(chat))
  }

  async #profile(answer: Raw): Promise<void> {
    const profile = record(answer.Profile)
    if (number(profile.BitFlag) !== 190) return
    const name = text(record(profile.NickName).Buff)
    if (!name || name === this.#parts.people.self.NickName) return
    this.#parts.people.renameSelf(name)
    await this.#parts.selfChanged()
  }

  async #contacts(answer: Raw, signal: AbortSignal): Promise<void> {
    const { people, finder } = this.#parts
    const self = people.self
    const changed = readContacts(answer.ModContactList)
    // A room is known again by its members: ask for them before it gets an id.
    await finder.know(changed.map((each) => each.UserName).filter(isRoom), signal)
    people.learn(changed)
    if (self !== people.self && self.NickName !== people.self.NickName) {
      await this.#parts.selfChanged()
    }
    const rooms = readContacts(answer.ModChatRoomMemberList).map((each) => each.UserName)
    const bare = changed.filter((each) => isRoom(each.UserName) && !each.Members)
    for (const room of [...rooms, ...bare.map((each) => each.UserName)]) {
      if (isRoom(room)) await finder.refresh(room, true, signal)
    }
    const shown = changed.filter((each) => !people.isSelf(each.UserName))
    await this.tell([...shown.map((each) => each.UserName), ...rooms.filter(isRoom)])
  }

  async #message(raw: Raw, signal: AbortSignal): Promise<void> {
    const { people, handled, log } = this.#parts
    if (number(raw.MsgType) === 51) return this.#status(raw, signal)
    const msgId = msgIdOf(raw)
    if (handled.has(msgId)) return
    const parties = partiesOf(raw, people.self.UserName)
    if (!parties) {
      log.info({ type: number(raw.MsgType) }, 'A message that is for no one was left out')
      handled.add(msgId, false)
      return
    }
    if (await this.#isEcho(raw, parties)) {
      log.debug({ msgId }, "The echo of the bridge's own send was left out")
      handled.add(msgId, true)
      return
    }
    await this.#know(parties, signal)
    const changed = await this.#roomChanges(parties, signal)
    const message = normalise(raw, parties, people, {
      now: this.#parts.now(),
      isMine: (id) => handled.isMine(id) || this.#parts.sent.isOurs(id),
      changed: people.memberIds(parties.chat, changed),
    })
    const recalled = message.content.kind === 'recall' ? message.content.target.aliases : []
    if (recalled.some((alias) => this.#parts.sent.isRecalled(alias))) {
      log.debug({ msgId }, "The echo of the bridge's own recall was left out")
      handled.add(msgId, true)
      return
    }
    await this.tell([parties.chat])
    // New people may have been named: their ids must survive before the message that carries them.
    await people.book.save()
    await this.#parts.sink.message(message, printed(raw))
    handled.add(msgId, message.sender.type === 'myself')
  }

  /** The list of recent chats: rooms in it nobody told us of (protocol §5.8). */
  async #status(raw: Raw, signal: AbortSignal): Promise<void> {
    if (![2, 4].includes(number(raw.StatusNotifyCode))) return
    const names = text(raw.StatusNotifyUserName)
      .split(',')
      .filter((each) => /^@{1,2}[0-9a-zA-Z]{1,100}$/.test(each))
    await this.tell(await this.#parts.finder.know(names, signal))
  }

  async #isEcho(raw: Raw, parties: Parties): Promise<boolean> {
    const { people, sent } = this.#parts
    if (!parties.mine || parties.type === 10000 || parties.type === 10002) return false
    await sent.settled()
    const { content } = normalise(raw, parties, people, plain)
    const claimed = await sent.claim({
      msgId: parties.msgId,
      clientId: text(raw.ClientMsgId) || text(raw.LocalID),
      chat: lastingOf(people.chat(parties.chat).id, people.account) ?? '',
      kind: content.kind,
      text: content.kind === 'text' ? content.text : '',
      at: number(raw.CreateTime) * 1000,
    })
    if (claimed?.wasUnclear) {
      await this.#parts.sink.echo(claimed.key, { ids: [parties.msgId], at: this.#parts.now() })
    }
    return claimed !== undefined
  }

  async #know(parties: Parties, signal: AbortSignal): Promise<void> {
    const { finder } = this.#parts
    await finder.know([parties.chat], signal)
    if (parties.group && parties.member) {
      await finder.knowMember(parties.chat, parties.member, signal)
    }
  }

  /** Grey lines in a room are a reason to look at it again (protocol §3.10, §5.9). */
  async #roomChanges(parties: Parties, signal: AbortSignal): Promise<readonly string[]> {
    if (!parties.group || parties.type !== 10000) return []
    const sure = isMembership(systemText(parties.payload))
    return this.#parts.finder.refresh(parties.chat, sure, signal)
  }
}

const plain = { now: 0, isMine: () => false, changed: [] }

/** Which of the people known are chats to tell at once: friends, MPs, groups; not those met in groups only. */
export function chatsOf(people: People): string[] {
  const quiet = /^(newsapp|fmessage|notification_messages|wxid_novlwrv3lqwv11|gh_22b87fa7cb3c)$/
  const shown = [...people.all()].filter(
    ({ UserName, NickName }) =>
      !quiet.test(UserName) &&
      !/@(lbsroom|talkroom)$/.test(UserName) &&
      (isRoom(UserName) || cleanName(NickName ?? '') !== ''),
  )
  return [...new Set(['filehelper', ...shown.map((each) => each.UserName)])]
}
