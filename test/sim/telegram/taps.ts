import type { CallbackQuery, User } from '@grammyjs/types'
import type { ChatState, State } from './model.ts'
import { messageHere } from './people-here.ts'
import type { NewUpdate } from './seam.ts'

/** A person presses a button. Resolves with what the bot answers. */
export function tap(
  state: State,
  me: User,
  chat: ChatState,
  id: number,
  label: string,
): Promise<{ readonly text?: string }> {
  const { message } = messageHere(chat, id)
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const button = buttons.find((one) => one.text === label)
  if (!button) {
    const labels = buttons.map((one) => one.text).join(', ')
    throw new Error(`There is no button "${label}" under message ${id}, only: ${labels}.`)
  }
  const { callback_data: data } = button as { readonly callback_data?: string }
  if (data === undefined) throw new Error(`The bot does not hear of the button "${label}".`)
  const query = {
    id: String(4_382_000_000_000_000_000n + BigInt(state.next())),
    from: me,
    message,
    chat_instance: String(-7_000_000_000_000_000_000n - BigInt(Math.abs(chat.id))),
    data,
  } as CallbackQuery
  return new Promise((resolve) => {
    state.queries.set(query.id, {
      at: state.ports.clock.now(),
      answered: false,
      answer: (text) => resolve(text === undefined ? {} : { text }),
    })
    state.ports.push({ callback_query: query } as NewUpdate)
  })
}
