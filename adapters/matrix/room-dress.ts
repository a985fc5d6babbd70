import type { Chat } from '../../src/core/chat.ts'
import type { PortalId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { bridgeInfo, bridgeKey, bridgeTypes, servants, servantsType } from './bridge-info.ts'
import { type Names, sha256 } from './ids.ts'
import { inTime, pictureMs } from './in-time.ts'
import type { Json } from './json.ts'
import type { MediaRepository } from './media.ts'
import { unseen } from './membership.ts'
import type { Kept } from './room-book.ts'
import { personOf, roomName, roomTopic } from './room-name.ts'
import type { RoomState } from './room-state.ts'
import type { RoomWords } from './room-words.ts'
import type { Words } from './words.ts'

export interface DressParts {
  readonly state: RoomState
  readonly media: MediaRepository
  readonly names: Names
  readonly owner: string
  readonly words: Words
  readonly roomWords: () => RoomWords
  readonly clock: Clock
  readonly log: Log
}

/**
 * Brings a room up to date with its chat, and says what it has now. Only what changed is sent, so that a person's own
 * changes stay; a room that a person linked keeps the looks they gave it.
 */
export function createDressing(parts: DressParts) {
  const { state, names, words } = parts

  return async (
    portal: PortalId,
    before: Kept,
    chat: Chat,
    open: Open,
    signal: AbortSignal,
  ): Promise<Kept> => {
    const { room } = before
    /** In a room that somebody else made the bot may have no right to: that must not keep messages away. */
    const set = async (type: string, key: string, content: Json) => {
      try {
        await state.put(room, type, key, content, signal)
      } catch (error) {
        if (before.kind === undefined || !unseen(error)) throw error
        parts.log.info({ room, type }, 'A room could not be set up as wished.')
      }
    }
    const isOwn = before.kind !== 'linked'
    // The owner's private name for a friend is not for those who may be in a room that the owner brought.
    const { remark: _, ...open_ } = chat
    const name = roomName(isOwn ? chat : open_, words)
    let now = before

    if (isOwn && now.name !== name) {
      await set('m.room.name', '', { name })
      now = { ...now, name }
    }
    const topic = roomTopic(chat, words)
    if (isOwn && now.topic !== topic) {
      await set('m.room.topic', '', { topic: topic ?? '' })
      now = { ...now, topic }
    }
    if (chat.avatar && now.avatar !== chat.avatar.id) {
      // A room without its picture works; its messages must not wait for one.
      try {
        const picture = parts.media.upload(chat.avatar, open, signal)
        const { mxc } = await inTime(parts.clock, pictureMs, signal, picture)
        if (isOwn) await set('m.room.avatar', '', { url: mxc })
        now = { ...now, avatar: chat.avatar.id, mxc }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        parts.log.info({ room, reason }, 'A room has no picture for now.')
      }
    }
    if (isOwn && personOf(chat) !== undefined && !now.served) {
      await set(servantsType, '', servants(names.bot, names.me))
      now = { ...now, served: true }
    }
    const { network } = parts.roomWords()
    const told = { portal, bot: names.bot, owner: parts.owner, network, name, mxc: now.mxc }
    const info = bridgeInfo(told)
    const hash = sha256(JSON.stringify(info))
    if (now.info !== hash) {
      for (const type of bridgeTypes) await set(type, bridgeKey(portal), info)
      now = { ...now, info: hash }
    }
    return now
  }
}
