import type { ShownLogin } from '../ports/doors.ts'
import type { Login } from '../ports/wechat.ts'
import type { Doors, OpenDoor } from './doors.ts'

/** Of the logins of all doors the one to show. */
export interface ShownLogins {
  /** The same object for as long as it says the same. */
  now(): ShownLogin
  /** A person wants to log in through this door: its code goes before the others'. */
  asked(door: string): void
}

/**
 * A scan that is going on, since somebody has to do something: the one that was asked for last, else the first. Else one
 * that is online, else that of the first door.
 */
export function createShownLogins({ all, first }: Pick<Doors, 'all' | 'first'>): ShownLogins {
  let last: string | undefined
  let shown: { readonly of: Login; readonly login: ShownLogin } | undefined

  return {
    now() {
      const door = picked()
      const login = door.login()
      if (all.length === 1) return login
      if (shown?.of !== login || shown.login.door !== door.id) {
        shown = { of: login, login: { ...login, door: door.id } }
      }
      return shown.login
    },
    asked(door) {
      last = door
    },
  }

  function picked(): OpenDoor {
    const scans = all.filter((door) => isScan(door.login()))
    return (
      scans.find(({ id }) => id === last) ??
      scans[0] ??
      all.find((door) => door.login().state === 'online') ??
      first
    )
  }
}

const isScan = ({ state }: Login): boolean => state === 'scan' || state === 'scanned'
