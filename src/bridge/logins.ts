import { management } from '../core/chat.ts'
import type { Notice } from '../core/notice.ts'
import type { Login, WeChatSink } from '../ports/wechat.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/**
 * What the connector tells of its login: passed on to `tell` at once, and said in the management room when
 * someone comes online or goes offline. Resuming the same session after a restart is not worth a word. `wanted` is
 * told when there may be media to fetch.
 */
export function createLogins(
  parts: Parts,
  tell: (login: Login) => void,
  wanted: () => void,
): Pick<WeChatSink, 'login'> {
  const { store, vault, clock } = parts
  return {
    async login(login) {
      tell(login)
      if (login.state !== 'online' && login.state !== 'offline') return
      const face = login.state === 'online' ? login.me.avatar : undefined
      if (face) {
        await store.unit((unit) => unit.wantMedia(face, clock.now(), 'profile'))
        wanted()
      }
      if (login.state === 'offline' && login.reason === 'starting') return
      const word = login.state === 'online' ? `online ${login.account}` : `offline ${login.reason}`
      if ((await vault.get('said')) === word) return
      await store.unit((unit) => say(parts, unit, management, noticeOf(login), id(word)))
      await vault.set('said', word)
    },
  }

  function id(word: string): string {
    return `${word}/${clock.now()}`
  }
}

function noticeOf(login: Extract<Login, { readonly state: 'online' | 'offline' }>): Notice {
  if (login.state === 'online') return { type: 'online', name: login.me.name }
  const { reason, detail, early, relogin } = login
  // What web login may cost is told in full, and what to say to go on.
  if (reason === 'risk') return { type: 'risk' }
  return {
    type: 'offline',
    reason,
    ...(detail !== undefined && { detail }),
    ...(early && { early }),
    relogin,
  }
}
