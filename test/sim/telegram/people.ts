import type { Message, User } from '@grammyjs/types'
import { keep } from './entities.ts'
import { contentOf, filesOf, mediaKinds } from './media.ts'
import { pushMember } from './members.ts'
import { newChat, type State } from './model.ts'
import { groupDeeds } from './people-groups.ts'
import { chatHere, enter, messageHere, write } from './people-here.ts'
import { createTopicDeeds } from './people-topics.ts'
import { change } from './posting.ts'
import { react } from './reactions.ts'
import type { SimFile, SimMediaKind, SimUser } from './sim.ts'
import { tap } from './taps.ts'

/** A person with a Telegram client, who may write to the bot from now on. */
export function createUser(
  state: State,
  name: string,
  how: { readonly username?: string; readonly language?: string } = {},
): SimUser {
  const id = 7_100_000_000 + state.next()
  const { username, language } = how
  const me: User = {
    id,
    is_bot: false,
    first_name: name,
    ...(username && { username }),
    ...(language && { language_code: language }),
  }
  state.people.set(id, me)
  const own = newChat({ id, type: 'private', title: name, forum: false, person: me })
  state.chats.set(id, own)
  const setBot = (to: 'member' | 'kicked') => {
    pushMember(state, own, state.bot, { status: to }, me)
  }
  return {
    id,
    name,
    ...(username && { username }),
    async says(chat, text, how = {}) {
      const { text: said, entities } = keep({ text, entities: how.entities ?? [] })
      if (said === '' || said.length > 4096)
        throw new Error(`No client sends ${said.length} units.`)
      return write(
        state,
        me,
        chat,
        { text: said, ...(entities.length && { entities: [...entities] }) },
        how,
      )
    },
    sends: async (chat, kind, file, how = {}) =>
      write(
        state,
        me,
        chat,
        { ...shown(state, kind, file), ...caption(how.caption, how.entities) },
        how,
      ),
    async gives(chat, fields, how = {}) {
      const { venue } = fields
      return write(state, me, chat, { ...(venue && { location: venue.location }), ...fields }, how)
    },
    async album(chat, files, how = {}) {
      const album = how.album ?? String(13_900_000_000_000_000n + BigInt(state.next()))
      return files.map(({ kind, file, caption: words }) =>
        write(
          state,
          me,
          chat,
          { ...shown(state, kind, file), ...caption(words) },
          { ...how, album },
        ),
      )
    },
    async edits(chat, message, text) {
      const here = chatHere(state, me, chat)
      const kept = messageHere(here, message)
      if (kept.by !== id) throw new Error('People edit only what is theirs.')
      const { text: said, entities } = keep({ text, entities: [] })
      const marked = entities.length > 0 ? [...entities] : undefined
      if (kept.message.text !== undefined)
        return change(state, here, kept, { text: said, ...(marked && { entities: marked }) }, [
          'entities',
        ])
      const content = { caption: said, ...(marked && { caption_entities: marked }) }
      return change(state, here, kept, content, ['caption_entities'])
    },
    async deletes(chat, message) {
      const here = chatHere(state, me, chat)
      messageHere(here, message)
      here.messages.delete(message)
    },
    async reacts(chat, message, emoji) {
      const here = chatHere(state, me, chat)
      react(state, here, messageHere(here, message), me, emoji)
    },
    taps: async (chat, message, label) => tap(state, me, chatHere(state, me, chat), message, label),
    sees(chat, thread) {
      const all = [...chatHere(state, me, chat).messages.values()].map((kept) => kept.message)
      if (thread === undefined) return all
      return all.filter((one) => one.is_topic_message && one.message_thread_id === thread)
    },
    bytesOf(message) {
      const file = state.files.get(filesOf(message).at(-1)?.file_id ?? '')
      if (!file) throw new Error('There is no file in this message.')
      return file.bytes
    },
    async starts(payload) {
      const blocked = own.members.get(state.bot.id)?.status === 'kicked'
      if (blocked) setBot('member')
      enter(state, own)
      const text = payload === undefined ? '/start' : `/start ${payload}`
      const { entities } = keep({ text, entities: [] })
      write(state, me, id, { text, entities: [...entities] })
      return id
    },
    async blocks() {
      setBot('kicked')
    },
    async unblocks() {
      setBot('member')
    },
    ...groupDeeds(state, me),
    ...createTopicDeeds(state, me),
  }
}

const caption = (words: string | undefined, given: Message['entities'] = []): Partial<Message> => {
  if (words === undefined) return {}
  const { text, entities } = keep({ text: words, entities: given })
  if (text.length > 1024) throw new Error(`No client sends a caption of ${text.length} units.`)
  return { caption: text, ...(entities.length && { caption_entities: [...entities] }) }
}

function shown(state: State, kind: SimMediaKind, file: SimFile): Partial<Message> {
  if (!mediaKinds.includes(kind)) throw new Error(`There is no ${kind}.`)
  const { sticker } = file
  const mime = { static: 'image/webp', animated: 'application/x-tgsticker', video: 'video/webm' }
  return contentOf(state.files, kind, {
    ...file,
    ...(sticker && { mime: file.mime ?? mime[sticker] }),
    bytes: Buffer.from(file.bytes),
  })
}
