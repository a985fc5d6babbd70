import type { Log } from '../../src/ports/telemetry.ts'
import type { WeChatSink } from '../../src/ports/wechat.ts'
import { readContacts } from './api.ts'
import { isRoom } from './contact.ts'
import { chatRealIdOf } from './content/real-id.ts'
import { readStatus } from './content/status.ts'
import { isMembership, systemText } from './content/system.ts'
import { saidIn } from './echo.ts'
import type { Finder } from './fetch.ts'
import type { Handled } from './handled.ts'
import { msgIdOf, normalise, type Parties, partiesOf } from './normalise.ts'
import { lastingOf, type People } from './people.ts'
import { number, printed, type Raw, record, records, text } from './raw.ts'
import type { Requests } from './requests.ts'
import type { Sent } from './sent.ts'
import type { Teller } from './teller.ts'
import { cleanName } from './text.ts'
import type { Turns } from './turns.ts'

export interface ReceiverParts {
  readonly people: People
  readonly finder: Finder
  readonly handled: Handled
  readonly sent: Sent
  readonly teller: Teller
  readonly requests: Requests
  /** Who is who does not change under a message on its way. */
  readonly turns: Turns
  readonly sink: WeChatSink
  readonly log: Log
  readonly now: () => number
  /** Oneself changed: name or picture. */
  readonly selfChanged: () => Promise<void>
}

/** Turns what sync brought into facts for the sink, in the order of protocol §3.10. */
export class Receiver {
  readonly #parts: ReceiverParts

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
    const { turns, people, handled } = this.#parts
    await turns.run(() => this.#people(answer, signal))
    for (const raw of messages) await turns.run(() => this.#message(raw, signal))
    await people.book.save(changes.length > 0)
    await handled.save()
    return { empty: messages.length === 0 && changes.length === 0 }
  }

  /** In the order of protocol §3.10: before the messages, which may name them. */
  async #people(answer: Raw, signal: AbortSignal): Promise<void> {
    await this.#profile(answer)
    const deleted = readContacts(answer.DelContactList).map((each) => each.UserName)
    const gone = this.#parts.people.remove(deleted).filter((each) => this.#isChat(each))
    await this.#contacts(answer, gone, signal)
  }

  async #profile(answer: Raw): Promise<void> {
    const profile = record(answer.Profile)
    if (number(profile.BitFlag) !== 190) return
    const name = text(record(profile.NickName).Buff)
    if (!name || name === this.#parts.people.self.NickName) return
    this.#parts.people.renameSelf(name)
    await this.#parts.selfChanged()
  }

  async #contacts(answer: Raw, gone: readonly string[], signal: AbortSignal): Promise<void> {
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
    await this.#parts.requests.done(changed)
    const shown = changed.map((each) => each.UserName).filter((each) => !people.isSelf(each))
    await this.#parts.teller.tell([...gone, ...shown, ...rooms.filter(isRoom)])
  }

  #isChat(userName: string): boolean {
    return isRoom(userName) || this.#parts.people.raw(userName)?.NickName !== undefined
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
    // Before anything asks for its chat: who is told of by a bare name only is nobody known.
    await this.#know(raw, parties, signal)
    if (await this.#isEcho(raw, parties)) {
      log.debug({ msgId }, "The echo of the bridge's own send was left out")
      handled.add(msgId, true)
      return
    }
    const changed = await this.#roomChanges(parties, signal)
    // What has been learnt may show who it is: before the message gets the id of its chat.
    await this.#parts.teller.tell([parties.chat])
    const message = normalise(raw, parties, people, {
      now: this.#parts.now(),
      isMine: (id) => handled.isMine(id) || this.#parts.sent.isOurs(id),
      changed: people.memberIds(parties.chat, changed),
      request: (request) => this.#parts.requests.add(request, this.#parts.now()),
      nameOf: (real) => people.nameOfReal(real),
    })
    const recalled = message.content.kind === 'recall' ? message.content.target.aliases : []
    if (recalled.some((alias) => this.#parts.sent.isRecalled(alias))) {
      log.debug({ msgId }, "The echo of the bridge's own recall was left out")
      handled.add(msgId, true)
      return
    }
    people.book.doubtful.used(lastingOf(message.chat, people.account) ?? '')
    // New people may have been named: their ids must survive before the message that carries them.
    await people.book.save()
    await this.#parts.requests.save()
    await this.#parts.sink.message(message, printed(raw))
    handled.add(msgId, message.sender.type === 'myself')
  }

  /** What other devices do: a chat is read there; the list of recent ones, some by their real ids (protocol §5.8). */
  async #status(raw: Raw, signal: AbortSignal): Promise<void> {
    const { people, finder, teller, sink } = this.#parts
    const { code, chats, pairs } = readStatus(raw)
    if (code === 4) {
      const found = await finder.know(chats.filter(isNamed), signal)
      return teller.tell([...found, ...people.learnReal(pairs)])
    }
    if (code !== 1 && code !== 2) return
    for (const chat of chats) {
      await finder.know([chat], signal)
      // Of those nobody can tell of there is nothing to read.
      if (!people.raw(chat) && chat !== 'filehelper') continue
      await teller.tell([chat])
      await sink.read(people.chat(chat).id)
    }
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
      // Sent while it was in doubt who this is: the note has the id of that time.
      wasChat: (id) => people.userName(id) === parties.chat,
      ...saidIn(content),
      at: number(raw.CreateTime) * 1000,
      payload: parties.payload,
    })
    if (claimed?.wasUnclear) {
      await this.#parts.sink.echo(claimed.key, { ids: [parties.msgId], at: this.#parts.now() })
    }
    return claimed !== undefined
  }

  async #know(raw: Raw, parties: Parties, signal: AbortSignal): Promise<void> {
    const { finder, people } = this.#parts
    await finder.know([parties.chat], signal)
    const real = chatRealIdOf(raw, parties.payload)
    if (real !== undefined) people.learnReal([[parties.chat, real]])
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

/** A person or room by its name of this session. */
const isNamed = (name: string): boolean => /^@{1,2}[0-9a-zA-Z]{1,100}$/.test(name)

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
