import { expect } from 'vitest'
import type { Scene, Step } from './scene.ts'

/** Buttons, and the menu of commands. */
export const buttonSteps: readonly Step[] = [
  {
    says: 'hangs buttons under a message, hears the press, and answers it once',
    async run(at) {
      const { ann, chat, client, sim } = at
      const asked = await client.text({
        chat,
        text: 'Which?',
        buttons: [
          [
            { label: 'A 😀', data: 'chat a1b2c3d4e5f6' },
            { label: 'B', data: 'b' },
          ],
          [{ label: 'Site', url: 'https://example.org/x' }],
        ],
      })
      expect(at.agreed(asked).reply_markup?.inline_keyboard).toEqual([
        [
          { text: 'A 😀', callback_data: 'chat a1b2c3d4e5f6' },
          { text: 'B', callback_data: 'b' },
        ],
        [{ text: 'Site', url: 'https://example.org/x' }],
      ])
      const answered = ann.taps(chat, asked.message_id, 'A 😀')
      const [update] = await client.updates({})
      const press = update?.callback_query
      expect(press).toMatchObject({
        data: 'chat a1b2c3d4e5f6',
        from: { id: ann.id },
        message: { message_id: asked.message_id, chat: { id: chat }, text: 'Which?' },
        chat_instance: expect.stringMatching(/^-?\d+$/),
      })
      const query = press?.id ?? ''
      await client.answer({ query, text: 'Done' })
      expect(await answered).toEqual({ text: 'Done' })
      const late = 'query is too old and response timeout expired or query ID is invalid'
      await at.bad(client.answer({ query, text: 'Twice' }), late)
      expect(sim.calls.at(-1)).toMatchObject({ method: 'answerCallbackQuery', ok: false })
    },
  },
  {
    says: 'answers a press too late',
    async run(at) {
      const { ann, chat, client } = at
      const buttons = [[{ label: 'A', data: 'a' }]]
      const asked = await client.text({ chat, text: 'Which?', buttons })
      void ann.taps(chat, asked.message_id, 'A')
      const [update] = await client.updates({})
      at.clock.at += 15 * 60_000
      await at.bad(
        client.answer({ query: update?.callback_query?.id ?? '', text: 'Late' }),
        'query is too old and response timeout expired or query ID is invalid',
      )
    },
  },
  {
    says: 'changes buttons, and takes them away by an edit without any',
    async run(at) {
      const { chat, client } = at
      const one = [[{ label: 'A', data: 'a' }]]
      const two = [[{ label: 'B', data: 'b' }]]
      const { message_id: message } = await client.text({ chat, text: 'Which?', buttons: one })
      const told = await client.editButtons({ chat, message, buttons: two })
      expect(at.agreed(told).reply_markup?.inline_keyboard[0]?.[0]?.text).toBe('B')
      await at.bad(
        client.editButtons({ chat, message, buttons: two }),
        'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      )
      const same = await client.editText({ chat, message, text: 'Which?' })
      expect(at.agreed(same)).not.toHaveProperty('reply_markup')
      at.agreed(await client.editButtons({ chat, message, buttons: one }))
      const gone = await client.editButtons({ chat, message })
      expect(at.agreed(gone)).not.toHaveProperty('reply_markup')
    },
  },
  {
    says: 'gives buttons at most 64 bytes, and addresses that are some',
    async run(at) {
      const say = (button: object) =>
        at.client.text({ chat: at.chat, text: 'x', buttons: [[{ label: 'A', ...button }]] })
      at.agreed(await say({ data: `${'界'.repeat(21)}x` }))
      await at.bad(say({ data: `${'界'.repeat(21)}xy` }), 'BUTTON_DATA_INVALID')
      await at.bad(
        say({ url: 'no address' }),
        "inline keyboard button URL 'no address' is invalid: Wrong HTTP URL",
      )
    },
  },
  {
    says: 'sets its menu in two languages',
    async run(at) {
      const { client } = at
      const en = [{ command: 'login', description: 'Log in' }]
      const zh = [
        { command: 'login', description: '登录' },
        { command: 'help', description: '帮助' },
      ]
      await client.setMenu({ commands: en })
      await client.setMenu({ commands: zh, language: 'zh' })
      expect(await client.menu({})).toEqual(en)
      expect(await client.menu({ language: 'zh' })).toEqual(zh)
      expect(await client.menu({ language: 'de' })).toEqual([])
      await menuIsBad(at, { command: 'Log in', description: 'x' }, 'BOT_COMMAND_INVALID')
      await menuIsBad(at, { command: 'a', description: '' }, 'BOT_COMMAND_DESCRIPTION_INVALID')
      expect(await client.menu({})).toEqual(en)
    },
  },
]

const menuIsBad = (
  at: Scene,
  command: { readonly command: string; readonly description: string },
  words: string,
) => at.bad(at.client.setMenu({ commands: [command] }), words)
