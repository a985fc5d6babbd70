import { createHash } from 'node:crypto'
import type { BotCommand } from '@grammyjs/types'
import type { Both, Language } from '../../src/core/words.ts'
import type { Parts, ShowCommands } from './parts.ts'

/** The commands that Telegram offers when somebody types a stroke. `group`: in groups too. */
const menu: readonly (Both & { readonly command: string; readonly group?: true })[] = [
  { command: 'login', zh: '登录微信', en: 'Log in to WeChat' },
  { command: 'chats', zh: '查找、打开微信聊天', en: 'Find and open WeChat chats' },
  { command: 'link', group: true, zh: '把一个微信聊天放到这里', en: 'Show a WeChat chat here' },
  {
    command: 'unlink',
    group: true,
    zh: '不再在这里显示微信聊天',
    en: 'Stop showing a WeChat chat here',
  },
  { command: 'mute', group: true, zh: '这个聊天静默送达', en: 'Let this chat arrive silently' },
  { command: 'unmute', group: true, zh: '这个聊天恢复提醒', en: 'Let this chat ring again' },
  { command: 'recall', group: true, zh: '撤回所回复的消息', en: 'Recall the message you answer' },
  {
    command: 'resend',
    group: true,
    zh: '重发没有送达的消息',
    en: 'Send again what did not arrive',
  },
  { command: 'queue', zh: '正在等待发送的消息', en: 'What waits to be sent' },
  { command: 'dead', zh: '没有送达的消息', en: 'What could not be delivered' },
  { command: 'status', group: true, zh: '连接与队列状态', en: 'How the bridge is doing' },
  { command: 'language', zh: '切换语言', en: 'Change the language' },
  { command: 'help', group: true, zh: '所有命令', en: 'All commands' },
  { command: 'users', zh: '谁可以使用这个桥', en: 'Who may use this bridge' },
  { command: 'relay', group: true, zh: '允许本群其他人发言', en: 'Let others in this group write' },
  { command: 'logout', zh: '退出微信登录', en: 'Log out of WeChat' },
]

const entry = 'commands'

/** Shows the bot's commands: all of them to the owner, in groups those that make sense there, to strangers none. */
export function createCommandsMenu(
  parts: Pick<Parts, 'people' | 'patient' | 'vault'>,
): ShowCommands {
  const { people, patient, vault } = parts
  return async (signal) => {
    const owner = people.owner()
    const wanted = [
      { scope: { type: 'all_group_chats' } as const, all: false },
      ...(owner === undefined
        ? []
        : [{ scope: { type: 'chat', chat_id: Number(owner) } as const, all: true }]),
    ]
    const calls = wanted.flatMap(({ scope, all }) => [
      { scope, commands: commandsIn('en', all) },
      { scope, commands: commandsIn('zh', all), language_code: 'zh' as const },
    ])
    const mark = createHash('sha256').update(JSON.stringify(calls)).digest('hex')
    if ((await vault.get(entry)) === mark) return
    for (const call of calls) await patient.call('setMyCommands', call, signal)
    await vault.set(entry, mark)
  }
}

const commandsIn = (language: Language, all: boolean): readonly BotCommand[] =>
  menu
    .filter(({ group }) => all || group)
    .map(({ command, ...words }) => ({ command, description: words[language] }))
