import { toDataURL } from 'qrcode'
import { words } from '../../src/core/render.ts'
import type { Language } from '../../src/core/words.ts'
import type { ShownLogin } from '../../src/ports/doors.ts'

/**
 * Where the login stands, ready to show. `code` and `avatar` are data: URLs of pictures. `door`: which one it is of, where
 * there is more than one.
 */
export type LoginView = Standing & { readonly door?: string }

type Standing =
  | {
      readonly state: 'scan'
      readonly code?: string
      readonly qr: string
      readonly attempt: number
    }
  /** `asked`: the phone was asked without a scan. `verify`: a number that the phone shows has to be told. */
  | {
      readonly state: 'scanned'
      readonly avatar?: string
      readonly asked?: true
      readonly verify?: true
    }
  | { readonly state: 'online'; readonly name: string; readonly avatar?: string }
  | {
      readonly state: 'offline'
      readonly reason: string
      readonly line: string
      readonly relogin: boolean
    }

/** `asked`: no code was shown before the phone had to confirm. */
export async function loginView(
  login: ShownLogin | undefined,
  language: Language,
  asked = false,
): Promise<LoginView> {
  const door = login?.door
  return { ...(await standing(login, language, asked)), ...(door !== undefined && { door }) }
}

async function standing(
  login: ShownLogin | undefined,
  language: Language,
  asked: boolean,
): Promise<Standing> {
  switch (login?.state) {
    case 'scan':
      return { state: 'scan', qr: login.qr, attempt: login.attempt, ...(await picture(login.qr)) }
    case 'scanned':
      return {
        state: 'scanned',
        ...(login.avatar && isPicture(login.avatar) && { avatar: login.avatar }),
        ...(asked && { asked: true as const }),
        ...(login.verify && { verify: true as const }),
      }
    case 'online':
      return {
        state: 'online',
        name: login.me.name,
        ...(login.me.avatar && { avatar: login.me.avatar.id }),
      }
    default: {
      const now = login ?? { state: 'offline', reason: 'starting', relogin: false }
      const { reason, relogin } = now
      // The page has a button for it: the sentence about the command is for rooms.
      const { state: _, ...said } = { ...now, type: 'offline' as const, relogin: false }
      return {
        state: 'offline',
        reason,
        relogin,
        line: words({ kind: 'notice', notice: said }, language),
      }
    }
  }
}

/** A code too long for a QR is shown as its text only. */
async function picture(qr: string): Promise<{ code?: string }> {
  try {
    return { code: await toDataURL(qr, { errorCorrectionLevel: 'M', margin: 2, scale: 8 }) }
  } catch {
    return {}
  }
}

const isPicture = (url: string) =>
  url.length < 1_000_000 && /^data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*$/.test(url)
