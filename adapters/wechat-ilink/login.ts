import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Login } from '../../src/ports/wechat.ts'
import {
  Api,
  type ApiParts,
  askCode,
  askStatus,
  type CodeStatus,
  credentialIn,
  type LoginCode,
} from './api.ts'
import { type Credential, mostTokens } from './credentials.ts'
import { isStale, SessionEnd, WireFault } from './fault.ts'
import type { Gate } from './gate.ts'
import { text } from './json.ts'
import { ledTo } from './places.ts'
import { backoff } from './timings.ts'

export interface LoginParts extends ApiParts {
  readonly loginBase: string
  /** Newest first. */
  readonly known: readonly Credential[]
  readonly gate: Gate
  readonly clock: Clock
  readonly log: Log
  readonly tell: (login: Login) => Promise<void>
}

/** So many codes are shown before a person has to ask for more. */
const codes = 5

/**
 * One login, from the first code to what it gave (`ecosystem §1.3`). Throws a {@link SessionEnd} when it does not come
 * about, or the signal's reason.
 */
export async function logIn(parts: LoginParts, signal: AbortSignal): Promise<Credential> {
  for (let attempt = 1; attempt <= codes; attempt++) {
    const code = await newCode(parts, signal)
    await parts.tell({ state: 'scan', qr: code.shown, attempt })
    const outcome = await watch(parts, code, signal)
    if (outcome !== 'expired') return outcome
  }
  throw new SessionEnd('expired', 'Nobody scanned the code.')
}

async function newCode(parts: LoginParts, signal: AbortSignal): Promise<LoginCode> {
  const { clock, known, log, loginBase, random, timings } = parts
  const tokens = known.slice(0, mostTokens).map(({ token }) => token)
  for (let attempt = 1; ; attempt++) {
    try {
      return await askCode(parts, loginBase, tokens, signal)
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown
      log.warn({ fault: thrown.message, attempt }, 'No login code from WeChat yet')
      if (attempt === 3) throw new SessionEnd('unreachable', 'WeChat gave no code to scan.')
      await clock.sleep(backoff(timings, attempt, random), signal)
    }
  }
}

/** What became of a code. */
type Outcome = Credential | 'expired'

/** Follows one code through all its states until it is confirmed or of no use any more. */
async function watch(parts: LoginParts, code: LoginCode, signal: AbortSignal): Promise<Outcome> {
  const { clock, gate, log, loginBase, tell, timings } = parts
  const until = clock.steady() + timings.codeLife
  let base = loginBase
  let verify: string | undefined
  let scanned = false
  const seen = async () => {
    if (!scanned) await tell({ state: 'scanned' })
    scanned = true
  }
  for (let failures = 0; clock.steady() < until; ) {
    const asked = clock.steady()
    const status = await poll(parts, base, code.code, verify, ++failures, signal)
    if (!status) continue
    failures = 0
    switch (status.state) {
      case 'scaned':
        verify = undefined
        await seen()
        break
      case 'scaned_but_redirect': {
        await seen()
        const named = text(status.raw.redirect_host)
        if (named === '') break
        const place = ledTo(named, loginBase)
        if (place === undefined) throw strange()
        base = place
        break
      }
      case 'need_verifycode': {
        scanned = false
        verify = await gate.number(Math.max(1, until - clock.steady()), signal)
        if (verify === undefined) return 'expired'
        continue
      }
      case 'verify_code_blocked':
        throw new SessionEnd('refused', 'Too many wrong numbers. Wait a while, then log in again.')
      case 'binded_redirect':
        return known(parts, status, signal)
      case 'confirmed': {
        const given = credentialIn(status.raw, loginBase, base, clock.now())
        if (given) return given
        throw new SessionEnd('refused', 'WeChat confirmed the login but gave nothing to use.')
      }
      case 'expired':
        return 'expired'
      case 'wait':
        break
      default:
        log.warn({ state: status.state.slice(0, 40) }, 'A state of the login that nobody knows')
    }
    if (clock.steady() - asked < timings.gap) await clock.sleep(timings.gap, signal)
  }
  return 'expired'
}

/** Undefined: no answer, after a pause. A held question that runs out of time is no failure. */
async function poll(
  parts: LoginParts,
  base: string,
  code: string,
  verify: string | undefined,
  attempt: number,
  signal: AbortSignal,
): Promise<CodeStatus | undefined> {
  try {
    return await askStatus(parts, base, code, verify, signal)
  } catch (thrown) {
    if (!(thrown instanceof WireFault)) throw thrown
    if (thrown.kind === 'timeout') return undefined
    parts.log.warn({ fault: thrown.message }, 'The state of the login was not told')
    await parts.clock.sleep(backoff(parts.timings, attempt, parts.random), signal)
    return undefined
  }
}

/** Nothing secret was told there yet; but whoever leads us away from WeChat must not hear more. */
function strange(): SessionEnd {
  return new SessionEnd(
    'refused',
    "The login server led to an address that is not WeChat's. It was not followed.",
  )
}

/**
 * WeChat says that this bot is ours already, and gives nothing new: one of the tokens we told it is good. Which one, only
 * trying shows. Of two people whose tokens are both good, neither is taken for the other.
 */
async function known(
  parts: LoginParts,
  { raw }: CodeStatus,
  signal: AbortSignal,
): Promise<Credential> {
  const [bot, user] = [text(raw.ilink_bot_id), text(raw.ilink_user_id)]
  const fitting = parts.known
    .slice(0, mostTokens)
    .filter((each) => (!bot || each.bot === bot) && (!user || each.user === user))
  const good: Credential[] = []
  for (const each of fitting) if (await works(parts, each, signal)) good.push(each)
  const [first] = good
  if (!first) {
    throw new SessionEnd(
      'refused',
      'WeChat says that it is connected already, but takes no login that the bridge has. Disconnect the bot in WeChat on the phone, then log in again.',
    )
  }
  if (good.some((each) => each.user !== first.user)) {
    throw new SessionEnd(
      'refused',
      'More than one WeChat account was logged in here, and WeChat does not say which this is. Disconnect the bot in WeChat on the phone, then log in again.',
    )
  }
  return first
}

async function works(parts: LoginParts, credential: Credential, signal: AbortSignal) {
  try {
    await new Api(parts, credential).start(signal)
    return true
  } catch (thrown) {
    if (!(thrown instanceof WireFault)) throw thrown
    // Only the one refusal says anything of the token.
    return !isStale(thrown)
  }
}
