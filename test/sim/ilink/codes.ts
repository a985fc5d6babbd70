import { randomBytes } from 'node:crypto'

/** A login code on its way to a login. */
export interface Code {
  readonly code: string
  /** What is shown as a QR code. */
  readonly shown: string
  readonly tokens: readonly string[]
  state:
    | 'wait'
    | 'need_verifycode'
    | 'scaned'
    | 'verify_code_blocked'
    | 'expired'
    | 'confirmed'
    | 'binded_redirect'
  /** The state that was last answered with. */
  told: string
  number?: string
  wrong: number
  /** Where it leads, and whether the client is there. */
  redirect?: string
  token?: string
  base?: string
}

export function newCode(tokens: readonly string[]): Code {
  const code = randomBytes(8).toString('hex')
  const shown = `https://liteapp.weixin.qq.com/q/${code}`
  return { code, shown, tokens, state: 'wait', told: 'wait', wrong: 0 }
}

/** What the state of a code is answered as, with the number that came with the question, at this place. */
export function statusOf(
  code: Code,
  verify: string | null,
  atIdc: boolean,
  login: { readonly bot: string; readonly user: string },
): object {
  if (code.redirect !== undefined && !atIdc && code.state !== 'wait' && code.state !== 'expired') {
    return { status: 'scaned_but_redirect', redirect_host: code.redirect }
  }
  if (code.state === 'need_verifycode' && verify !== null) {
    if (verify === code.number) code.state = 'scaned'
    else if (++code.wrong >= 3) code.state = 'verify_code_blocked'
  }
  if (code.state !== 'confirmed') return { status: code.state }
  return {
    status: 'confirmed',
    bot_token: code.token,
    ilink_bot_id: login.bot,
    baseurl: code.base,
    ilink_user_id: login.user,
  }
}
