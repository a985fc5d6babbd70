import type { ChatMemberUpdated, Message, Update } from '@grammyjs/types'
import { BridgeError } from '../../src/core/errors.ts'
import type { PortalId } from '../../src/core/ids.ts'
import type { HubPlaces } from '../../src/ports/hub.ts'
import { type Address, isGroup, roomOfAddress } from './address.ts'
import { placeWords } from './place-words.ts'
import type { Book } from './places-book.ts'
import { ownTopic, withTopic } from './places-going.ts'
import { wordIn } from './places-invitations.ts'
import type { LinkingParts } from './places-linking.ts'
import { shownName } from './places-name.ts'
import type { Stuck } from './places-repair.ts'

export interface EventParts extends LinkingParts {
  readonly linking: HubPlaces
  readonly stuck: Map<PortalId, Stuck>
}

/** See `Places.happened`. */
export type Happened = (update: Update, signal: AbortSignal) => Promise<boolean>

/** Where a message stands. A thread without a topic is only a chain of answers. */
export function addressOf(
  message: Pick<Message, 'chat' | 'message_thread_id' | 'is_topic_message'>,
): Address {
  const { message_thread_id: thread, is_topic_message: isTopic } = message
  return {
    chat: String(message.chat.id),
    ...(isTopic === true && Number.isSafeInteger(thread) && { thread: String(thread) }),
  }
}

/** Does anything of ours go to this chat of Telegram's? */
export function isUsed(chat: string, book: Book, home: string | undefined): boolean {
  if (chat === home) return true
  for (const { linked, at } of book.all()) {
    if (linked?.chat === chat || at?.chat === chat) return true
  }
  return false
}

/** Fields of a message that says nothing but that something has changed about its chat. */
const services = [
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_closed',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
  'new_chat_title',
  'new_chat_photo',
  'delete_chat_photo',
  'new_chat_members',
  'left_chat_member',
  'group_chat_created',
  'supergroup_chat_created',
  'message_auto_delete_timer_changed',
  'pinned_message',
  'chat_owner_left',
  'chat_owner_changed',
  'boost_added',
  'chat_background_set',
  'write_access_allowed',
  'video_chat_scheduled',
  'video_chat_started',
  'video_chat_ended',
  'video_chat_participants_invited',
] as const satisfies readonly (keyof Message)[]

export function createHappened(parts: EventParts): Happened {
  const { book, groups, people, patient, voice, linking, invitations, stuck, inTurn, log } = parts

  const membership = async ({ chat, new_chat_member: now }: ChatMemberUpdated) => {
    const id = groups.now(String(chat.id))
    if (!isGroup({ chat: id }) || !isUsed(id, book, groups.home())) return
    const isOut =
      now.status === 'left' ||
      now.status === 'kicked' ||
      (now.status === 'restricted' && !now.is_member)
    if (isOut) {
      // It leaves the old group because that has become another.
      if (String(chat.id) === id) await parts.shut(id, 'out')
    } else if (now.status === 'restricted' && !now.can_send_messages) await parts.shut(id, 'mute')
    // What it may not do after all, it is told by trying. That its owner is gone has nothing to do with it.
    else if (groups.shutBy(id) !== 'left') await groups.open(id)
    for (const { portal, at } of book.all()) if (at?.chat === id && !isOut) stuck.delete(portal)
    parts.changed()
  }

  const topic = async (message: Message, closed: boolean) => {
    const at = addressOf(message)
    const kept = book.shownAt(at)
    if (!kept) return
    if (!closed && stuck.delete(kept.portal)) parts.changed()
    await inTurn(kept.portal, async () => {
      const now = book.of(kept.portal)
      const own = now && ownTopic(now)
      if (!now || !own || (own.closed === true) === closed) return
      const change = ({ closed: _, ...rest }: typeof own) => (closed ? { ...rest, closed } : rest)
      await book.put(withTopic(now, own, change))
    })
  }

  /** What is private is not shown to those who stay in a group that the owner has left, or was thrown out of. */
  const ownerGone = async (chat: string) => {
    if (!isGroup({ chat }) || !isUsed(chat, book, groups.home())) return
    if (groups.shutBy(chat) === undefined) await parts.shut(chat, 'left')
  }

  const ownerBack = async (message: Message) => {
    const chat = groups.now(String(message.chat.id))
    if (groups.shutBy(chat) !== 'left') return
    const owner = people.owner()
    const here = [message.from, ...(message.new_chat_members ?? [])]
    const isHere = here.some((user) => user !== undefined && String(user.id) === owner)
    if (!isHere || message.left_chat_member) return
    await groups.open(chat)
    parts.changed()
  }

  const service = async (message: Message): Promise<void> => {
    const chat = String(message.chat.id)
    const owner = people.owner()
    const gone = message.left_chat_member
    if (gone && String(gone.id) === owner) await ownerGone(groups.now(chat))
    const { migrate_to_chat_id: to, migrate_from_chat_id: from, new_chat_title: title } = message
    if (Number.isSafeInteger(to)) await parts.follow(chat, String(to))
    if (Number.isSafeInteger(from)) await parts.follow(String(from), chat)
    if (typeof title === 'string' && isUsed(chat, book, groups.home())) {
      await groups.named(chat, title)
    }
    if (message.forum_topic_closed) await topic(message, true)
    if (message.forum_topic_reopened) await topic(message, false)
  }

  const say = (at: Address, text: string, signal: AbortSignal) => {
    const where = {
      chat_id: at.chat,
      ...(at.thread !== undefined && { message_thread_id: Number(at.thread) }),
    }
    patient
      .call('sendMessage', { ...where, text }, signal)
      .catch((error: unknown) =>
        log.info({ chat: at.chat, reason: String(error) }, 'A line was not said.'),
      )
  }

  /** `/start@bot WORD` in a group that a person picked for a chat. */
  const picked = async (message: Message, signal: AbortSignal): Promise<boolean> => {
    const said = /^\/start(?:@\w{1,64})?\s+(\S{1,64})\s*$/i.exec(message.text ?? '')
    const word = said?.[1] && wordIn(said[1])
    const at = addressOf(message)
    if (!word || !isGroup(at)) return false
    // Where chats go is the owner's to say: whoever else knows the word may have read it in a group.
    if (message.from === undefined || String(message.from.id) !== people.owner()) return false
    const words = placeWords(voice.language)
    const portal = invitations.of(word)
    if (portal === undefined) {
      // Said again after it was done, it was done.
      if (!book.shownAt(at)) say(at, words.overWord, signal)
      return true
    }
    try {
      await linking.link(portal, roomOfAddress(at))
    } catch (error) {
      if (!(error instanceof BridgeError) || error.failure.code !== 'refused') throw error
      say(at, error.message, signal)
      return true
    }
    invitations.use(word)
    const shows = book.of(portal)?.shows
    if (shows) say(at, words.linkedHere(shownName(shows, voice.language, true)), signal)
    return true
  }

  return async (update, signal) => {
    const { message, my_chat_member: member } = update
    if (member) {
      await membership(member)
      return true
    }
    if (!message) return false
    await ownerBack(message)
    if (services.some((field) => message[field] !== undefined)) {
      await service(message)
      return true
    }
    return picked(message, signal)
  }
}
