import type { Contact, Sender } from '../core/chat.ts'
import { weChatLane } from '../core/ids.ts'
import type { Message, RecallGuess } from '../core/message.ts'
import { mediaOf } from '../core/message.ts'
import { recallOperator } from '../core/recall.ts'
import type { Unit } from '../ports/store.ts'
import type { WeChatSink } from '../ports/wechat.ts'
import { mirror } from './mirror.ts'
import type { Parts } from './parts.ts'

/** How far back the recalled message is guessed when its id is not known (protocol §5.7), in milliseconds. */
const guessWindowMs = 180_000

/**
 * The journey from WeChat: each message becomes durable, and everything it sets in motion with it, in one
 * transaction. `wanted` is told when there may be media to fetch.
 */
export function createInbound(
  parts: Parts,
  wanted: () => void,
): Pick<WeChatSink, 'chats' | 'message' | 'echo'> {
  const { store, clock, trace } = parts
  return {
    chats: (chats) => store.unit((unit) => unit.saveChats(chats)),
    echo: (key, receipt) => store.unit((unit) => unit.settle(key, receipt)),

    async message(message, raw) {
      trace('beforeAccept', message.id)
      await store.unit(async (unit) => {
        const source = weChatLane(message.account)
        if (!(await unit.accept(source, message.aliases[0] ?? message.id, raw, clock.now()))) return
        const about = await recalled(unit, message)
        const settled = { ...message, sender: recallOperator(message, about) }
        await unit.saveMessage(settled, about?.id)
        await wantMedia(unit, settled)
        await mirror(parts, unit, settled, about)
      })
      trace('afterAccept', message.id)
      wanted()
    },
  }

  /** Bytes are fetched at once, because after a recall WeChat may refuse them. */
  async function wantMedia(unit: Unit, message: Message): Promise<void> {
    const chat = await unit.chat(message.chat)
    const media = mediaOf(message.content)
    const avatars = [contactOf(message.sender)?.avatar, chat?.avatar]
    if (media) await unit.wantMedia(media, clock.now())
    for (const avatar of avatars) {
      if (avatar) await unit.wantMedia(avatar, clock.now(), 'profile')
    }
  }
}

/** The message a recall takes back, as far as it is known. */
async function recalled(unit: Unit, message: Message): Promise<Message | undefined> {
  const { content } = message
  if (content.kind !== 'recall') return undefined
  const named = await unit.messageBy(message.account, content.target.aliases, message.chat)
  // What was said in one chat is never quoted in another, whatever a notice claims.
  if (named) return named.chat === message.chat ? named : undefined
  return content.guess && guess(unit, message, content.guess)
}

function guess(unit: Unit, message: Message, how: RecallGuess): Promise<Message | undefined> {
  const contact = contactOf(message.sender)
  const by = how === 'mine' || !contact ? 'myself' : contact.id
  const since = how === 'mine' ? 0 : message.at - guessWindowMs
  return unit.latest(message.chat, by, since)
}

const contactOf = (sender: Sender): Contact | undefined =>
  'contact' in sender ? sender.contact : undefined
