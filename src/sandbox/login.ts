import { readFileSync } from 'node:fs'
import { base64, hex } from './dice.ts'
import { type Answer, answer, type Call, json, script } from './http.ts'
import { openSession, type State } from './state.ts'
import { media } from './world.ts'

/** A login code, the thing in the QR code. */
export interface Code {
  readonly uuid: string
  readonly at: number
  readonly ticket: string
  state: 'waiting' | 'scanned' | 'confirmed' | 'cancelled' | 'expired' | 'used'
  /** The client has been told of the scan; the avatar comes only then (protocol §2.2). */
  told: boolean
}

/** The code a phone could scan or confirm now. */
export function openCode(state: State): Code | undefined {
  return [...state.codes.values()].findLast(
    (code) => code.state === 'waiting' || code.state === 'scanned',
  )
}

/** `jslogin`: a new code (protocol §2.1). */
export function jslogin(state: State, call: Call): Answer {
  if (call.query.get('appid') !== 'wx782c26e4c19acffb')
    return script('window.QRLogin.code = 500; window.QRLogin.uuid = "";')
  const code = newCode(state)
  return script(`window.QRLogin.code = 200; window.QRLogin.uuid = "${code.uuid}";`)
}

/** Moves a code on, if it stands where it is said to stand. */
export function turn(state: State, code: Code, from: Code['state'], to: Code['state']): void {
  if (code.state !== from) return
  code.state = to
  state.watch.ring()
}

/** `login`: the long poll for the scan (protocol §2.2). */
export async function poll(state: State, call: Call): Promise<Answer> {
  const code = state.codes.get(call.query.get('uuid') ?? '')
  if (!code) return script('window.code=400;')
  const told = () => verdict(state, code, call.query.get('tip') === '1')
  const verdictNow = await state.watch.until(told, state.options.holdMs, call.signal)
  return script(verdictNow ?? 'window.code=408;')
}

/** `webwxnewloginpage`: the credentials, for a ticket that works once (protocol §2.3). */
export function newLoginPage(state: State, call: Call): Answer {
  const status = call.query.get('version') === 'v2' ? 200 : 301
  const { 'client-version': version, extspam } = call.headers
  if (state.options.uos && (!version || !extspam)) return loginError(status, 1203, FORBIDDEN)
  const code = state.codes.get(call.query.get('uuid') ?? '')
  if (code?.state !== 'confirmed' || code.ticket !== call.query.get('ticket'))
    return loginError(status, -1, '')
  code.state = 'used'
  const session = openSession(state)
  const xml =
    `<error><ret>0</ret><message></message><skey>${session.skey}</skey><wxsid>${session.sid}</wxsid>` +
    `<wxuin>${session.uin}</wxuin><pass_ticket>${encodeURIComponent(session.passTicket)}</pass_ticket>` +
    '<isgrayscale>1</isgrayscale></error>'
  const until = new Date(state.options.now() + 43_200_000).toUTCString()
  const late = new Date(state.options.now() + 63_072_000_000).toUTCString()
  const cookies = [
    `wxuin=${session.uin}; Path=/; Expires=${until}`,
    `wxsid=${session.sid}; Path=/; Expires=${until}`,
    `wxloadtime=${session.since}; Path=/; Expires=${until}`,
    `mm_lang=zh_CN; Path=/; Expires=${until}`,
    `webwx_data_ticket=${session.dataTicket}; Path=/; Expires=${until}`,
    `webwxuvid=${deviceOf(state)}; Path=/; Expires=${late}`,
    `webwx_auth_ticket=${session.authTicket}; Path=/; Expires=${late}`,
  ]
  return answer(status, 'text/html', xml, { 'set-cookie': cookies })
}

/** An answer of the credentials page that is none; also what a fault with a `ret` looks like there. */
export function loginError(status: number, code: number, message: string): Answer {
  return answer(
    status,
    'text/html',
    `<error><ret>${code}</ret><message>${message}</message></error>`,
  )
}

/** `webwxpushloginurl`: a code the phone asks about by itself, for a device that was logged in before (protocol §2.6). */
export function pushLogin(state: State, call: Call): Answer {
  const { cookies, query } = call
  const before = state.sessions.some(
    ({ uin, authTicket }) =>
      String(uin) === query.get('uin') && authTicket === cookies.get('webwx_auth_ticket'),
  )
  if (!state.options.pushLogin || !before || cookies.get('webwxuvid') !== deviceOf(state))
    return json({ ret: '1', msg: 'not allowed', uuid: '' })
  return json({ ret: '0', msg: 'all ok', uuid: newCode(state).uuid })
}

/** `/l/<uuid>`: what a browser shows that opens the text of the QR code. */
export function qrTarget(state: State, call: Call): Answer {
  const code = [...state.codes.values()].find(({ uuid }) => names(call, uuid))
  const words = code ? `This code is ${code.state}.` : 'This code is not known.'
  return answer(200, 'text/plain; charset=utf-8', `The sandbox of wechat-bridge. ${words}\n`)
}

function newCode(state: State): Code {
  const { seed, now, autoConfirmMs } = state.options
  const count = state.codes.size + 1
  const code: Code = {
    uuid: `${base64(10, seed, count, now(), 'uuid').replace(/[+/]/g, 'k')}==`,
    at: now(),
    ticket: `A${hex(31, seed, count, now(), 'ticket')}@qrticket_0`,
    state: 'waiting',
    told: false,
  }
  state.codes.set(code.uuid, code)
  state.watch.ring()
  if (autoConfirmMs !== undefined) {
    state.watch.after(autoConfirmMs / 2, () => {
      turn(state, code, 'waiting', 'scanned')
      state.watch.after(autoConfirmMs / 2, () => turn(state, code, 'scanned', 'confirmed'))
    })
  }
  return code
}

/** The cookie a device is known by; the same at every login. */
function deviceOf(state: State): string {
  return hex(64, state.options.seed, 'uvid')
}

/** Is this code the last segment of the path, encoded or not? */
function names(call: Call, uuid: string): boolean {
  return call.name === uuid || call.name === encodeURIComponent(uuid)
}

function verdict(state: State, code: Code, tip: boolean): string | undefined {
  if (code.state !== 'confirmed' && state.options.now() - code.at > LIFETIME_MS)
    code.state = 'expired'
  switch (code.state) {
    case 'waiting':
      return undefined
    case 'scanned': {
      if (code.told) return tip ? 'window.code=201;' : undefined
      code.told = true
      return `window.code=201;window.userAvatar = '${avatarUrl()}';`
    }
    case 'confirmed':
      return `window.code=200;\nwindow.redirect_uri="${redirectUri(state, code)}";`
    case 'cancelled':
      return 'window.code=202;'
    case 'expired':
    case 'used':
      return 'window.code=400;'
  }
}

function redirectUri(state: State, code: Code): string {
  const scan = Math.floor(state.options.now() / 1000)
  return `${state.origin}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=${code.ticket}&uuid=${code.uuid}&lang=zh_CN&scan=${scan}`
}

function avatarUrl(): string {
  return `data:img/jpg;base64,${readFileSync(media('me.jpg')).toString('base64')}`
}

const LIFETIME_MS = 300_000
const FORBIDDEN =
  '为了你的帐号安全，此微信号不能登录网页微信。你可以使用Windows微信或Mac微信在电脑端登录。'
