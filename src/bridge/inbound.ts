import type { Chat, Contact, Sender } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { ChatId, MediaId } from '../core/ids.ts'
import { weChatLane } from '../core/ids.ts'
import type { MediaRef, Message, RecallGuess } from '../core/message.ts'
import { allMediaOf } from '../core/message.ts'
import type { Notice } from '../core/notice.ts'
import { oneLine } from '../core/one-line.ts'
import { recallOperator } from '../core/recall.ts'
import type { Unit } from '../ports/store.ts'
import type { WeChatSink } from '../ports/wechat.ts'
import { mirror, retell } from './mirror.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Reads } from './reads.ts'
import { saveTold, saveTopic } from './told-chats.ts'
import { createInsteadOf } from './unforeseen.ts'

/** Who was pruned meanwhile is fetched anew after so long, in milliseconds. */
const askAgainMs = 3_600_000
const mostAsked = 20_000

/** How far back the recalled message is guessed when its id is not known (protocol §5.7), in milliseconds. */
const guessWindowMs = 180_000

/**
 * The journey from WeChat: each message becomes durable, and everything it sets in motion with it, in one
 * transaction. `wanted` is told when there may be media to fetch.
 */
export function createInbound(
  parts: Parts,
  wanted: () => void,
  reads: Pick<Reads, 'unread' | 'elsewhere'>,
): Pick<WeChatSink, 'chats' | 'message' | 'echo' | 'read'> {
  const { store, clock, trace, meter } = parts
  const insteadOf = createInsteadOf(parts.log)
  /** Profile pictures that were asked for lately, and when: each message brings them. */
  const askedFor = new Map<MediaId, number>()
  return {
    chats: (chats) => store.unit((unit) => saved(unit, chats)),
    echo: (key, receipt) => store.unit((unit) => unit.settle(key, receipt)),
    read: (chat) => reads.elsewhere(chat),

    async message(heard, raw) {
      trace('beforeAccept', heard.id)
      const wants: MediaRef[] = []
      let isNew = false
      let isFound = false
      const take = async (unit: Unit) => {
        isNew = await accepted(unit, heard, raw)
        if (!isNew) return undefined
        const placed = await inPlace(unit, heard)
        const about = await aboutWhat(unit, placed)
        isFound = about !== undefined
        const settled = about ? ofOperator(placed, about) : await known(unit, placed)
        await unit.saveMessage(settled, about?.id)
        if (settled.content.kind === 'announcement') {
          await saveTopic(unit, settled.chat, settled.content.text)
        }
        wants.push(...(await wantMedia(unit, settled)))
        await mirror(parts, unit, settled, about)
        await recalledAlready(unit, settled)
        return settled
      }
      const message = await insteadOf(
        heard.id,
        () => store.unit(take),
        () => store.unit((unit) => unhandled(unit, heard, raw)),
      )
      trace('afterAccept', heard.id)
      if (isNew) meter?.accepted(weChatLane(heard.account), heard.content.kind)
      if (isNew && heard.content.kind === 'recall') meter?.recalled(isFound)
      if (message && message.sender.type !== 'myself') reads.unread(message.chat)
      for (const { id } of wants) askedFor.set(id, clock.steady())
      if (askedFor.size > mostAsked) askedFor.clear()
      if (wants.length > 0) wanted()
    },
  }

  function accepted(unit: Unit, { account, aliases, id }: Message, raw: string): Promise<boolean> {
    return unit.accept(weChatLane(account), aliases[0] ?? id, raw, clock.now())
  }

  /** What we fail at is kept as it came, and said where the owner surely looks. */
  async function unhandled(unit: Unit, heard: Message, raw: string): Promise<undefined> {
    if (!(await accepted(unit, heard, raw))) return
    const what = oneLine((await unit.chat(heard.chat))?.name ?? heard.chat, 80)
    const detail = `message ${heard.id}`
    const notice: Notice = { type: 'notShown', code: 'bug', detail, what }
    await say(parts, unit, management, notice, `unhandled/${heard.id}`)
  }

  /** A recall may come before what it takes back: that is shown all the same, and then its recall with it. */
  async function recalledAlready(unit: Unit, message: Message): Promise<void> {
    const { id, account, aliases, chat, content } = message
    if (content.kind === 'recall') return
    const recall = await unit.orphanRecall(account, aliases, chat)
    if (!recall) return
    await unit.relate(recall.id, id)
    await retell(parts, unit, ofOperator(recall, message), message)
  }

  /** Bytes are fetched at once, because after a recall WeChat may refuse them. */
  async function wantMedia(unit: Unit, message: Message): Promise<readonly MediaRef[]> {
    const chat = await unit.chat(message.chat)
    const [media, ...beside] = allMediaOf(message.content)
    const avatars = [contactOf(message.sender)?.avatar, chat?.avatar].filter(isWanted)
    if (media) await unit.wantMedia(media, clock.now())
    for (const small of beside) await unit.wantMedia(small, clock.now())
    for (const avatar of avatars) await unit.wantMedia(avatar, clock.now(), 'profile')
    return [...(media ? [media] : []), ...beside, ...avatars]
  }

  function isWanted(avatar: MediaRef | undefined): avatar is MediaRef {
    if (!avatar) return false
    const at = askedFor.get(avatar.id)
    return at === undefined || clock.steady() - at > askAgainMs
  }
}

/** Saves chats. Those that are others by now, which the connector may not have heard. */
async function saved(unit: Unit, chats: readonly Chat[]): Promise<ReadonlyMap<ChatId, ChatId>> {
  await saveTold(unit, chats)
  const merged = new Map<ChatId, ChatId>()
  for (const { id } of chats) {
    const into = await unit.mergedInto(id)
    if (into) merged.set(id, into)
  }
  return merged
}

/**
 * Where it belongs: in the chat that its own turned out to be, and for those who want to be friends, who have no
 * chat yet, in the management room.
 */
async function inPlace(unit: Unit, message: Message): Promise<Message> {
  if (message.content.kind === 'friendRequest') return { ...message, chat: management.id }
  const into = await unit.mergedInto(message.chat)
  return into ? { ...message, chat: into } : message
}

/** The message a recall takes back or an answer quotes, as far as it is known. */
async function aboutWhat(unit: Unit, message: Message): Promise<Message | undefined> {
  const { content } = message
  if (content.kind !== 'recall' && content.kind !== 'quote') return undefined
  const named = await unit.messageBy(message.account, content.target.aliases, message.chat)
  // What was said in one chat is never quoted in another, whatever a notice claims.
  if (named) return named.chat === message.chat ? named : undefined
  return content.kind === 'recall' && content.guess
    ? guess(unit, message, content.guess)
    : undefined
}

/** A recall of a message that was here, and is not kept any more, says so. */
async function known(unit: Unit, message: Message): Promise<Message> {
  const { account, chat, content } = message
  if (content.kind !== 'recall') return message
  const { aliases } = content.target
  if (await unit.messageBy(account, aliases, chat)) return message
  for (const alias of aliases) {
    if (await unit.accepted(weChatLane(account), alias)) {
      return { ...message, content: { ...content, forgotten: true } }
    }
  }
  return message
}

/** A recall as by the one who made it; anything else as it is. */
const ofOperator = (message: Message, about: Message): Message =>
  message.content.kind === 'recall'
    ? { ...message, sender: recallOperator(message, about) }
    : message

function guess(unit: Unit, message: Message, how: RecallGuess): Promise<Message | undefined> {
  const contact = contactOf(message.sender)
  const by = how === 'mine' || !contact ? 'myself' : contact.id
  const since = how === 'mine' ? 0 : message.at - guessWindowMs
  return unit.latest(message.chat, by, since)
}

const contactOf = (sender: Sender): Contact | undefined =>
  'contact' in sender ? sender.contact : undefined
