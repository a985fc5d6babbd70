import { statusOf } from './codes.ts'
import type { Stage } from './stage.ts'

const stale = { errcode: -14, errmsg: 'session timeout' }

/** Is this the token of the present login, at the data centre it belongs to? Else what is said instead. */
export function refusedToken(
  { world }: Stage,
  token: string | undefined,
  idc: boolean,
): object | undefined {
  return token !== undefined && token === world.token && idc === world.idc ? undefined : stale
}

/** Held until there is news. Where all is well no `ret` is written. */
export async function updates(stage: Stage, token: string, cursor: string): Promise<object> {
  const { world, options, holdMs } = stage
  const end = Date.now() + holdMs
  stage.cursors.push(cursor)
  for (;;) {
    if (world.token !== token) return stale
    const found = world.after(cursor)
    if (!found) return { ret: -1, errmsg: 'bad buf' }
    if (found.msgs.length > 0 || Date.now() >= end) {
      const { toldHoldMs } = options
      const told = toldHoldMs === undefined ? {} : { longpolling_timeout_ms: toldHoldMs }
      return { msgs: found.msgs, get_updates_buf: found.cursor, ...told }
    }
    await stage.wait(end - Date.now())
  }
}

/** What became of a code, once that is news. */
export async function codeStatus(stage: Stage, url: URL, idc: boolean): Promise<object> {
  const { code, world, holdMs } = stage
  if (!code || url.searchParams.get('qrcode') !== code.code) return { status: 'expired' }
  const verify = url.searchParams.get('verify_code')
  if (verify !== null && code.told === 'scaned') {
    stage.violations.push('a number that nobody asks for')
  }
  const isNews = () => code.state !== code.told || !['wait', 'scaned'].includes(code.state)
  const end = Date.now() + holdMs
  while (!isNews() && stage.code === code && Date.now() < end) await stage.wait(end - Date.now())
  const answer = statusOf(code, verify, idc, { bot: world.bot, user: world.user })
  code.told = code.state
  return answer
}
