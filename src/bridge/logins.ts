import { management } from '../core/chat.ts'
import type { Notice } from '../core/notice.ts'
import type { Login } from '../ports/wechat.ts'
import type { Among, OpenDoor, Taken } from './doors.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** Says in the management room when someone comes online or goes offline. */
export interface Logins {
  /** Resolves once it is durable, and rejects if it is not. */
  said(login: Login): Promise<void>
}

/**
 * Of one door. Resuming the same session after a restart is not worth a word. `wanted` is told when there may be media to
 * fetch. Where there are several doors, what is said names this one.
 */
export function createLogins(
  parts: Parts,
  door: Pick<OpenDoor, 'id' | 'taken'>,
  { isFirst, isOnly }: Among,
  wanted: () => void,
): Logins {
  const { store, vault, clock } = parts
  const place = isFirst ? 'said' : `said/${door.id}`
  const of = isOnly ? {} : { door: door.id }
  let line: Promise<unknown> = Promise.resolve()

  return {
    said(login) {
      const next = line.then(() => saidInTurn(login))
      line = next.catch(() => undefined)
      return next
    },
  }

  async function saidInTurn(login: Login): Promise<void> {
    if (login.state === 'scanned' && login.verify) return askCode()
    if (login.state !== 'online' && login.state !== 'offline') return
    const face = login.state === 'online' ? login.me.avatar : undefined
    if (face) {
      await store.unit((unit) => unit.wantMedia(face, clock.now(), 'profile'))
      wanted()
    }
    if (login.state === 'offline' && login.reason === 'starting') return
    const taken = login.state === 'offline' ? door.taken() : undefined
    const word = wordOf(login, taken)
    if ((await vault.get(place)) === word) return
    await store.unit((unit) => say(parts, unit, management, noticeOf(login, taken), id(word)))
    await vault.set(place, word)
  }

  /** Each time: the last number was wrong then. */
  function askCode(): Promise<void> {
    const notice: Notice = { type: 'askCode', ...of }
    return store.unit((unit) => say(parts, unit, management, notice, id('code')))
  }

  function id(word: string): string {
    return `${isFirst ? '' : `${door.id} `}${word}/${clock.now()}`
  }

  function noticeOf(login: Told, taken: Taken | undefined): Notice {
    if (login.state === 'online') return { type: 'online', name: login.me.name, ...of }
    if (taken) return { type: 'doorTaken', door: door.id, by: taken.by }
    const { reason, detail, early, relogin } = login
    // What web login may cost is told in full, and what to say to go on.
    if (reason === 'risk') return { type: 'risk', ...of }
    return {
      type: 'offline',
      reason,
      ...(detail !== undefined && { detail }),
      ...(early && { early }),
      relogin,
      ...of,
    }
  }
}

type Told = Extract<Login, { readonly state: 'online' | 'offline' }>

const wordOf = (login: Told, taken: Taken | undefined): string => {
  if (taken) return `taken ${taken.account} ${taken.by}`
  return login.state === 'online' ? `online ${login.account}` : `offline ${login.reason}`
}
