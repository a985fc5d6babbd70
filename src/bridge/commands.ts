import type { Notice } from '../core/notice.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Login, WeChatConnector } from '../ports/wechat.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** What runs `!wx …`. */
export interface Commands {
  /**
   * Runs one command in the room of `portal` and answers there. The effects on the connector come back as a
   * function to call after the commit. `id` names the event, so that the answer is given once.
   */
  run(
    unit: Unit,
    portal: Portal,
    words: readonly string[],
    id: string,
  ): Promise<(() => void) | undefined>
}

type Verb = (
  unit: Unit,
  words: readonly string[],
) => Promise<{ readonly notice: Notice; readonly after?: () => void }>

/** `login` tells where the login stands now. */
export function createCommands(
  parts: Parts,
  connector: Pick<WeChatConnector, 'login' | 'logout'>,
  login: () => Login,
  stopping: AbortSignal,
): Commands {
  const verbs: Readonly<Record<string, Verb>> = {
    help: async () => ({ notice: { type: 'help' } }),

    login: async () => {
      const now = login()
      if (now.state !== 'offline' || !now.relogin) {
        return { notice: { type: 'nothingToDo', what: 'login' } }
      }
      return { notice: { type: 'done', what: 'login' }, after: () => void connector.login() }
    },

    logout: async () => {
      if (login().state !== 'online') return { notice: { type: 'nothingToDo', what: 'logout' } }
      const after = () => {
        connector.logout(stopping).catch((error: unknown) => {
          parts.log.warn({ error: String(error) }, 'the logout was not confirmed by WeChat')
        })
      }
      return { notice: { type: 'done', what: 'logout' }, after }
    },

    status: async (unit) => {
      const now = login()
      const name = now.state === 'online' ? { name: now.me.name } : {}
      const depth = await unit.depth()
      const chats = await unit.countChats()
      return { notice: { type: 'status', state: now.state, ...name, chats, ...depth } }
    },

    resend: async (unit, [seq]) => {
      const known = /^\d{1,15}$/.test(seq ?? '')
      const done = known && (await unit.requeue(Number(seq), parts.clock.now()))
      return { notice: { type: done ? 'done' : 'nothingToDo', what: 'resend' } }
    },
  }

  return {
    async run(unit, portal, words, id) {
      const [word = 'help', ...rest] = words
      const verb = Object.hasOwn(verbs, word.toLowerCase()) ? verbs[word.toLowerCase()] : undefined
      const { notice, after } = verb
        ? await verb(unit, rest)
        : { notice: { type: 'unknownCommand', word: word.slice(0, 40) } as const, after: undefined }
      await say(parts, unit, portal.chat, notice, id)
      return after
    },
  }
}
