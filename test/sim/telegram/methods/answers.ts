import { chatOfCall, messageOfCall } from '../access.ts'
import { bad } from '../method.ts'
import type { State } from '../model.ts'
import { isObject, list, needText, text } from '../params.ts'
import { react } from '../reactions.ts'
import type { Methods } from '../seam.ts'

/** How long Telegram remembers that a button was pressed, in milliseconds. */
const remembered = 60_000

/** What a bot does about what people did: presses, and messages it likes. */
export const answerMethods = (state: State): Methods => ({
  answerCallbackQuery(call) {
    const query = state.queries.get(needText(call, 'callback_query_id', 'QUERY_ID_INVALID'))
    const said = text(call, 'text')
    if (said && said.length > 200) throw bad('MESSAGE_TOO_LONG')
    if (!query || query.answered || state.ports.clock.now() - query.at > remembered)
      throw bad('query is too old and response timeout expired or query ID is invalid')
    query.answered = true
    query.answer(said)
    return true
  },
  setMessageReaction(call) {
    const chat = chatOfCall(state, call)
    const kept = messageOfCall(chat, call, 'message to react not found')
    const given = list(call, 'reaction', 'reaction types') ?? []
    if (given.length > 1) throw bad('REACTIONS_TOO_MANY')
    const [first] = given
    if (first === undefined) {
      react(state, chat, kept, state.bot, '')
      return true
    }
    if (!isObject(first) || first.type !== 'emoji' || !emojis.includes(String(first.emoji)))
      throw bad('REACTION_INVALID')
    react(state, chat, kept, state.bot, String(first.emoji))
    return true
  },
})

const emojis =
  '❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'.split(
    ' ',
  )
