import type { BotCommand, UserFromGetMe } from '@grammyjs/types'
import { findChat } from '../access.ts'
import { bad, type Call } from '../method.ts'
import type { State } from '../model.ts'
import { isObject, list, needText, object, text } from '../params.ts'
import type { Methods } from '../seam.ts'

/** The bot itself: what it is, its menu of commands, its descriptions. */
export function meMethods(state: State): Methods {
  const { bot, ports } = state
  return {
    getMe: (): UserFromGetMe =>
      ({
        ...bot,
        is_bot: true,
        username: ports.bot.username,
        can_join_groups: true,
        can_read_all_group_messages: ports.options.readsGroups !== false,
        supports_guest_queries: false,
        supports_inline_queries: false,
        can_connect_to_business: false,
        has_main_web_app: false,
        has_topics_enabled: state.privateTopics,
        allows_users_to_create_topics: state.privateTopics,
        can_manage_bots: false,
        supports_join_request_queries: false,
      }) as UserFromGetMe,
    setMyCommands(call) {
      state.commands.set(scopeOf(state, call), commandsOf(call))
      return true
    },
    getMyCommands: (call) => state.commands.get(scopeOf(state, call)) ?? [],
    deleteMyCommands(call) {
      state.commands.delete(scopeOf(state, call))
      return true
    },
    ...words(state, 'name', 'Name', 64),
    ...words(state, 'description', 'Description', 512),
    ...words(state, 'short_description', 'ShortDescription', 120),
  }
}

function words(state: State, field: string, name: string, most: number): Methods {
  const key = (call: Call) => `${field} ${languageOf(call)}`
  return {
    [`setMy${name}`](call) {
      const value = text(call, field) ?? ''
      if (value.length > most) throw bad(`bot ${field.replaceAll('_', ' ')} is too long`)
      state.texts.set(key(call), value)
      return true
    },
    [`getMy${name}`]: (call) => ({
      [field]: state.texts.get(key(call)) ?? (field === 'name' ? state.bot.first_name : ''),
    }),
  }
}

function languageOf(call: Call): string {
  const language = text(call, 'language_code') ?? ''
  if (!/^([a-z]{2})?$/.test(language)) throw bad('LANG_CODE_INVALID')
  return language
}

const wide = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']
const narrow = ['chat', 'chat_administrators', 'chat_member']

function scopeOf(state: State, call: Call): string {
  const scope = object(call, 'scope', 'BotCommandScope') ?? { type: 'default' }
  const language = languageOf(call)
  const type = String(scope.type)
  if (wide.includes(type)) return `${type} ${language}`
  if (!narrow.includes(type)) throw bad("can't parse BotCommandScope: Unsupported type specified")
  const inner = { ...call, params: scope }
  const chat = findChat(state, needText(inner, 'chat_id'))
  if (!chat) throw bad('chat not found')
  const member = type === 'chat_member' ? ` ${needText(inner, 'user_id')}` : ''
  return `${type} ${chat.id}${member} ${language}`
}

function commandsOf(call: Call): BotCommand[] {
  const commands = list(call, 'commands', 'BotCommand')
  if (!commands) throw bad("can't parse commands JSON object")
  if (commands.length > 100) throw bad('BOT_COMMANDS_TOO_MUCH')
  return commands.map((value) => {
    if (!isObject(value)) throw bad("can't parse BotCommand: expected an Object")
    const command = String(value.command ?? '').replace(/^\//, '')
    const description = String(value.description ?? '').trim()
    if (!/^[a-z\d_]{1,32}$/.test(command)) throw bad('BOT_COMMAND_INVALID')
    if (description.length < 1 || description.length > 256)
      throw bad('BOT_COMMAND_DESCRIPTION_INVALID')
    return { command, description }
  })
}
