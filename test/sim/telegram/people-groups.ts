import type { User } from '@grammyjs/types'
import { keep } from './entities.ts'
import { hasLeft, pushMember } from './members.ts'
import { type ChatState, isIn, newChat, type State } from './model.ts'
import { chatHere, write } from './people-here.ts'
import { put } from './posting.ts'
import type { SimGroupOptions, SimUser } from './sim.ts'

type Deeds = Pick<
  SimUser,
  'makesGroup' | 'addsBot' | 'kicksBot' | 'promotesBot' | 'joins' | 'leaves' | 'upgrades'
>

/** What people do with groups. */
export function groupDeeds(state: State, me: User): Deeds {
  const add = (chat: ChatState) => {
    pushMember(state, chat, state.bot, { status: 'member' }, me)
    put(state, chat, me, {
      new_chat_members: [state.bot],
      // Both are still sent, for clients of long ago.
      ...({ new_chat_member: state.bot, new_chat_participant: state.bot } as object),
    })
  }
  return {
    async makesGroup(title, how: SimGroupOptions = {}) {
      const chat = newGroup(state, title, how.type ?? 'supergroup')
      chat.members.set(me.id, { status: 'creator' })
      put(
        state,
        chat,
        me,
        chat.type === 'group' ? { group_chat_created: true } : { supergroup_chat_created: true },
      )
      if (how.bot === false) return chat.id
      add(chat)
      if (how.admin ?? true) pushMember(state, chat, state.bot, { status: 'administrator' }, me)
      if (how.payload !== undefined) {
        const text = `/start@${state.bot.username} ${how.payload}`.trim()
        write(state, me, chat.id, { text, entities: [...keep({ text, entities: [] }).entities] })
      }
      return chat.id
    },
    async addsBot(id) {
      add(chatHere(state, me, id))
    },
    async kicksBot(id) {
      const chat = chatHere(state, me, id)
      // Only basic groups still tell the bot by a message.
      if (chat.type === 'group') put(state, chat, me, hasLeft(state.bot))
      pushMember(state, chat, state.bot, { status: 'kicked' }, me)
    },
    async promotesBot(id, rights) {
      const to =
        rights.length > 0
          ? { status: 'administrator' as const, rights }
          : { status: 'member' as const }
      pushMember(state, chatHere(state, me, id), state.bot, to, me)
    },
    async joins(id) {
      const chat = state.chats.get(id)
      if (!chat || chat.type === 'private') throw new Error(`There is no group ${id}.`)
      if (isIn(chat.members.get(me.id))) return
      pushMember(state, chat, me, { status: 'member' }, me)
      put(state, chat, me, { new_chat_members: [me] })
    },
    async leaves(id) {
      const chat = chatHere(state, me, id)
      put(state, chat, me, hasLeft(me))
      pushMember(state, chat, me, { status: 'left' }, me)
    },
    async upgrades(id) {
      const old = chatHere(state, me, id)
      if (old.type !== 'group') throw new Error(`Chat ${id} is no basic group.`)
      const chat = newGroup(state, old.title, 'supergroup')
      for (const [who, standing] of old.members) chat.members.set(who, standing)
      put(state, old, me, { migrate_to_chat_id: chat.id })
      old.migratedTo = chat.id
      put(state, chat, me, { migrate_from_chat_id: old.id })
      return chat.id
    },
  }
}

function newGroup(
  state: State,
  title: string,
  type: NonNullable<SimGroupOptions['type']>,
): ChatState {
  const number = state.next()
  const id = type === 'group' ? -(4_100_000_000 + number) : -(1_002_100_000_000 + number)
  const chat = newChat({
    id,
    type: type === 'group' ? 'group' : 'supergroup',
    title,
    forum: type === 'forum',
  })
  state.chats.set(id, chat)
  return chat
}
