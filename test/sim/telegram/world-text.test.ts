import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { worldStage } from './world-stage.ts'

const link = { type: 'text_link', offset: 0, length: 2, url: 'example.com' }
const buttons = (...row: object[]) => ({ inline_keyboard: [row] })

describe('a message of the bot', () => {
  it('is numbered per chat, dated in seconds by the clock and comes from the bot', async () => {
    const { sim, ok, chat, clock } = await worldStage()
    const bob = sim.user('Bob')
    const other = await bob.starts()
    clock.at += 5_999
    const first = await ok<Message>('sendMessage', { chat_id: chat, text: 'Hi' })
    const second = await ok<Message>('sendMessage', { chat_id: other, text: 'Hi' })
    expect(first).toMatchObject({ message_id: 2, date: Date.UTC(2026, 10, 21, 12) / 1000 + 5 })
    expect(second).toMatchObject({ message_id: 2, from: { id: sim.bot.id, is_bot: true } })
    expect(bob.sees(other).at(-1)).toEqual(second)
  })

  it.each([
    ['', '400 Bad Request: message text is empty'],
    [' \n ', '400 Bad Request: text must be non-empty'],
    ['<b></b>', '400 Bad Request: text must be non-empty'],
    ['x'.repeat(4097), '400 Bad Request: message is too long'],
    ['😀'.repeat(2049), '400 Bad Request: message is too long'],
    [
      '<b>x',
      '400 Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
    ],
  ])('with a text like %.9j is refused', async (text, refusal) => {
    const { refused, chat } = await worldStage()
    expect(await refused('sendMessage', { chat_id: chat, text, parse_mode: 'HTML' })).toBe(refusal)
  })

  it('has 4096 UTF-16 units left after its markup is read', async () => {
    const { ok, chat } = await worldStage()
    const text = `<b>${'😀'.repeat(2048)}</b>`
    const sent = await ok<Message>('sendMessage', { chat_id: chat, text, parse_mode: 'HTML' })
    expect(sent.text).toHaveLength(4096)
    expect(sent.entities).toEqual([{ type: 'bold', offset: 0, length: 4096 }])
  })

  it.each([
    [{ text: 'a', parse_mode: 'Text' }, 'unsupported parse_mode'],
    [
      { text: 'a😀', entities: [{ type: 'bold', offset: 0, length: 2 }] },
      'entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 1',
    ],
    [
      { text: 'a', entities: [{ type: 'bold', offset: 0, length: 2 }] },
      'entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2',
    ],
    [
      { text: 'a', entities: [{ type: 'bold', offset: 3, length: 2 }] },
      'entity begins after the end of the text at UTF-16 offset 3',
    ],
    [
      { text: 'a', entities: [{ type: 'shiny', offset: 0, length: 1 }] },
      "can't parse MessageEntity: Unsupported type specified",
    ],
    [
      { text: 'a', entities: [{ type: 'bold', length: 1 }] },
      'can\'t parse MessageEntity: Can\'t find field "offset"',
    ],
    [
      { text: 'ab', entities: [{ ...link, url: 'no address' }] },
      "entity URL 'no address' is invalid: Wrong HTTP URL",
    ],
    [
      { text: 'a', reply_markup: buttons({ text: 'x' }) },
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ],
    [
      { text: 'a', reply_markup: buttons({ text: 'x', callback_data: '字'.repeat(22) }) },
      'BUTTON_DATA_INVALID',
    ],
    [{ text: 'a', reply_markup: buttons({ text: 'x', callback_data: '' }) }, 'BUTTON_DATA_INVALID'],
    [
      { text: 'a', reply_markup: buttons({ text: ' ', callback_data: 'x' }) },
      'inline keyboard button text must be non-empty',
    ],
    [
      { text: 'a', reply_markup: buttons({ text: 'x', url: 'http://localhost' }) },
      "inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL",
    ],
    [
      { text: 'a', reply_markup: { inline_keyboard: [{ text: 'x' }] } },
      "can't parse inline keyboard row: expected an Array",
    ],
    [{ text: 'a', entities: [5] }, "can't parse MessageEntity: expected an Object"],
    [{ text: 'a', entities: 5 }, 'expected an Array of entities'],
    [
      { text: 'a', entities: [{ type: 'bold', offset: -1, length: 1 }] },
      'receive an entity with incorrect offset -1',
    ],
    [
      { text: 'a', entities: [{ type: 'bold', offset: 0, length: -1 }] },
      'receive an entity with incorrect length -1',
    ],
    [
      { text: 'a', entities: [{ offset: 0, length: 1 }] },
      'can\'t parse MessageEntity: Can\'t find field "type"',
    ],
    [
      { text: 'a', entities: [{ type: 'text_mention', offset: 0, length: 1 }] },
      'can\'t parse MessageEntity: Can\'t find field "user"',
    ],
    [
      { text: '😀a', entities: [{ type: 'bold', offset: 1, length: 1 }] },
      'entity begins in a middle of a UTF-16 symbol at byte offset 0',
    ],
    [
      { text: 'a', reply_markup: { inline_keyboard: 5 } },
      "can't parse inline keyboard: expected an Array of Array",
    ],
    [
      { text: 'a', reply_markup: { inline_keyboard: [[5]] } },
      "can't parse inline keyboard button: expected an Object",
    ],
    [
      { text: 'a', reply_markup: buttons({ callback_data: 'x' }) },
      'can\'t parse inline keyboard button: Can\'t find field "text"',
    ],
    [
      { text: 'a', reply_markup: buttons(...Array(101).fill({ text: 'x', callback_data: 'x' })) },
      'REPLY_MARKUP_TOO_LONG',
    ],
    [{ text: 'a', reply_markup: { buttons: [] } }, "can't parse reply keyboard markup JSON object"],
    [{ text: 'a', reply_parameters: { message_id: 99 } }, 'message to be replied not found'],
    [{ text: 'a', reply_to_message_id: 99 }, 'message to be replied not found'],
    [{ text: 'a', reply_parameters: {} }, "can't parse reply parameters JSON object"],
    [{ text: 'a', reply_parameters: { message_id: 1, chat_id: 5 } }, 'chat not found'],
    [{ text: 'a', reply_parameters: { message_id: 1, quote: 'stop' } }, 'QUOTE_TEXT_INVALID'],
    [{ text: 'a', message_thread_id: 77 }, 'message thread not found'],
    [{ text: 'a', message_thread_id: 1 }, 'message thread not found'],
  ])('is refused when it is %j', async (params, why) => {
    const { refused, chat } = await worldStage()
    expect(await refused('sendMessage', { chat_id: chat, ...params })).toBe(
      `400 Bad Request: ${why}`,
    )
  })

  it('may have 64 bytes of data under a button', async () => {
    const { ok, chat } = await worldStage()
    const reply_markup = buttons({ text: 'x', callback_data: 'x'.repeat(64) })
    const sent = await ok<Message>('sendMessage', { chat_id: chat, text: 'a', reply_markup })
    expect(sent.reply_markup).toEqual(reply_markup)
  })

  it('answers a message, with what is quoted of it, and says nothing of what that one answered', async () => {
    const { ok, ann, chat } = await worldStage()
    const one = await ann.says(chat, 'one')
    const two = await ann.says(chat, 'two and three', { replyTo: one.message_id })
    const reply_parameters = { message_id: two.message_id, quote: 'three' }
    const sent = await ok<Message>('sendMessage', { chat_id: chat, text: 'a', reply_parameters })
    expect(sent.reply_to_message?.text).toBe('two and three')
    expect(sent.reply_to_message).not.toHaveProperty('reply_to_message')
    expect(sent.quote).toMatchObject({ text: 'three', position: 8 })
  })

  it('goes out unanswering where that is allowed and the other is gone', async () => {
    const { ok, ann, chat } = await worldStage()
    const { message_id } = await ann.says(chat, 'one')
    await ann.deletes(chat, message_id)
    const reply_parameters = { message_id, allow_sending_without_reply: true }
    const sent = await ok<Message>('sendMessage', { chat_id: chat, text: 'a', reply_parameters })
    expect(sent).not.toHaveProperty('reply_to_message')
  })

  it('gets the names of those it mentions by number, and drops mentions of nobody', async () => {
    const { ok, ann, chat } = await worldStage()
    const text = `<a href="tg://user?id=${ann.id}">A</a> <a href="tg://user?id=5">B</a>`
    const { entities } = await ok<Message>('sendMessage', {
      chat_id: chat,
      text,
      parse_mode: 'HTML',
    })
    expect(entities).toHaveLength(1)
    expect(entities?.[0]).toMatchObject({ type: 'text_mention', user: { first_name: 'Ann' } })
  })
})

describe('a chat', () => {
  it.each([
    ['is unknown', () => 5, '400 Bad Request: chat not found'],
    ['is none', () => '', '400 Bad Request: chat_id is empty'],
    ['is of someone who never wrote', (eve: number) => eve, '400 Bad Request: chat not found'],
  ])('that %s takes nothing', async (_, id, refusal) => {
    const { sim, refused } = await worldStage()
    const eve = sim.user('Eve')
    expect(await refused('sendMessage', { chat_id: id(eve.id), text: 'a' })).toBe(refusal)
  })

  it('of a person met in a group is not the bot’s to begin', async () => {
    const { sim, ann, refused } = await worldStage()
    const eve = sim.user('Eve')
    await eve.joins(await ann.makesGroup('G'))
    expect(await refused('sendMessage', { chat_id: eve.id, text: 'a' })).toBe(
      "403 Forbidden: bot can't initiate conversation with a user",
    )
  })

  it('shows an action, though Telegram does not look whether the topic is there', async () => {
    const { ok, refused, chat } = await worldStage()
    expect(
      await ok('sendChatAction', { chat_id: chat, message_thread_id: 77, action: 'typing' }),
    ).toBe(true)
    expect(await refused('sendChatAction', { chat_id: chat, action: 'sing' })).toBe(
      '400 Bad Request: wrong parameter action in request',
    )
  })
})

describe('the menu of commands', () => {
  it('is kept by scope and language', async () => {
    const { ok, chat } = await worldStage()
    const scope = { type: 'chat', chat_id: chat }
    const commands = [{ command: 'login', description: 'Log in' }]
    await ok('setMyCommands', { commands })
    await ok('setMyCommands', { commands: [], scope, language_code: 'zh' })
    expect(await ok('getMyCommands')).toEqual(commands)
    expect(await ok('getMyCommands', { scope, language_code: 'zh' })).toEqual([])
    await ok('deleteMyCommands')
    expect(await ok('getMyCommands')).toEqual([])
  })

  it.each([
    [{ commands: [{ command: 'Log-in', description: 'x' }] }, 'BOT_COMMAND_INVALID'],
    [{ commands: [{ command: 'a', description: '' }] }, 'BOT_COMMAND_DESCRIPTION_INVALID'],
    [{ commands: [], scope: { type: 'chat', chat_id: 5 } }, 'chat not found'],
    [{ commands: [], language_code: 'zh-CN' }, 'LANG_CODE_INVALID'],
    [
      { commands: [], scope: { type: 'all' } },
      "can't parse BotCommandScope: Unsupported type specified",
    ],
    [{}, "can't parse commands JSON object"],
    [{ commands: [5] }, "can't parse BotCommand: expected an Object"],
    [{ commands: Array(101).fill({ command: 'a', description: 'b' }) }, 'BOT_COMMANDS_TOO_MUCH'],
  ])('refuses %j', async (params, why) => {
    const { refused } = await worldStage()
    expect(await refused('setMyCommands', params)).toBe(`400 Bad Request: ${why}`)
  })

  it('stands beside descriptions, of a length', async () => {
    const { ok, refused } = await worldStage()
    await ok('setMyDescription', { description: 'Bridge', language_code: 'en' })
    expect(await ok('getMyDescription', { language_code: 'en' })).toEqual({ description: 'Bridge' })
    expect(await refused('setMyShortDescription', { short_description: 'x'.repeat(121) })).toMatch(
      /^400/,
    )
  })
})
