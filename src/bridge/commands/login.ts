import { shutLines } from '../standings.ts'
import type { Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

const flags: ReadonlySet<string> = new Set(['yes', 'code'])

/** Logging in and out, and how things stand. */
export function loginVerbs({ parts, connector, logout, login, hubs, stopping }: Tools): Verbs {
  return {
    login: {
      usage: 'login [yes] [code]',
      for: 'owner',
      async run({ words }) {
        const given = new Set(words.map((word) => word.toLowerCase()))
        if ([...given].some((word) => !flags.has(word))) return 'usage'
        const now = login()
        const risk = now.state === 'offline' && now.reason === 'risk'
        if (risk && !given.has('yes')) return say({ type: 'risk' })
        if (now.state !== 'offline' || !(now.relogin || risk)) {
          return say({ type: 'nothingToDo', what: 'login' })
        }
        const options = {
          ...(given.has('yes') && { acceptRisk: true }),
          ...(given.has('code') && { code: true }),
        }
        const after = () => void connector.login(options)
        return { said: { notice: { type: 'done', what: 'login' } }, after }
      },
    },

    logout: {
      usage: 'logout',
      for: 'owner',
      async run({ words }) {
        if (words.length) return 'usage'
        if (login().state !== 'online') return say({ type: 'nothingToDo', what: 'logout' })
        const after = () => {
          logout(stopping).catch((error: unknown) => {
            parts.log.warn({ error: String(error) }, 'the logout was not confirmed by WeChat')
          })
        }
        return { said: { notice: { type: 'done', what: 'logout' } }, after }
      },
    },

    status: {
      usage: 'status',
      everywhere: true,
      async run({ unit, asked }) {
        const now = login()
        const name = now.state === 'online' ? { name: now.me.name } : {}
        const depth = await unit.depth()
        const chats = await unit.countChats()
        const shut = asked.role === 'owner' ? shutLines(hubs.now()) : []
        const lines = shut.length > 0 && { hubs: shut }
        return say({ type: 'status', state: now.state, ...name, chats, ...depth, ...lines })
      },
    },
  }
}
