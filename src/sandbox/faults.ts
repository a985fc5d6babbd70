import { type Answer, answer, json, script } from './http.ts'
import { loginError } from './login.ts'
import type { Fault } from './sandbox.ts'
import { checked, syncRefused } from './sync.ts'
import { badGateway } from './upload.ts'

/** How a fault changes a call: does it still take effect, and what becomes of the answer? */
export interface Plan {
  /** The endpoint does its work; else `answer` stands for it. */
  readonly effect: boolean
  readonly deliver: 'answer' | 'cut' | 'hold' | 'drip' | 'unmeasured'
  /** Real milliseconds the answer waits. */
  readonly delayMs?: number
  readonly change: (truth: Answer) => Answer
}

/** The faults waiting to strike. */
export class Faults {
  readonly #waiting: { readonly fault: Fault; skip: number; left: number }[] = []

  add(fault: Fault): void {
    this.#waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
  }

  clear(): void {
    this.#waiting.length = 0
  }

  /** The plan for a call of this endpoint, if a fault strikes it. Uses the fault up. */
  strike(name: string): Plan | undefined {
    for (const waiting of this.#waiting) {
      const { path } = waiting.fault
      if ((path !== name && path !== '*') || waiting.left <= 0) continue
      if (waiting.skip > 0) {
        waiting.skip -= 1
        continue
      }
      waiting.left -= 1
      return planOf(name, waiting.fault.how)
    }
    return undefined
  }
}

/**
 * `truncated`, `short`, `reset`, `hang`, `slow` and delays take effect first, because the worst of them is what the client does
 * not know of. Everything else replaces the endpoint.
 */
function planOf(name: string, how: Fault['how']): Plan {
  const instead = (made: Answer): Plan => ({
    effect: false,
    deliver: 'answer',
    change: () => made,
  })
  const with_ = (deliver: Plan['deliver'], effect = true): Plan => ({
    effect,
    deliver,
    change: (truth) => truth,
  })
  if (typeof how === 'object' && 'delayMs' in how)
    return { ...with_('answer'), delayMs: how.delayMs }
  if (typeof how === 'object')
    return instead('ret' in how ? refusalOf(name, how.ret) : answer(200, 'text/plain', how.body))
  switch (how) {
    case 'empty':
      return instead(answer(200, 'text/plain', ''))
    case 'truncated':
      return { effect: true, deliver: 'answer', change: half }
    case 'short':
      return { effect: true, deliver: 'unmeasured', change: half }
    case 'html':
      return instead(answer(200, 'text/html', PAGE))
    case '500':
      return instead(answer(500, 'text/html', PAGE))
    case '502':
      return instead(badGateway())
    case 'reset':
      return with_('cut')
    case 'refuse':
      return with_('cut', false)
    case 'hang':
      return with_('hold')
    case 'slow':
      return with_('drip')
  }
}

function half(truth: Answer): Answer {
  return { ...truth, body: truth.body.subarray(0, Math.floor(truth.body.byteLength / 2)) }
}

/** How each endpoint says a code (protocol §2.1–§2.3, §4.2, §4.3, §7.3, §7.8). */
function refusalOf(name: string, code: number): Answer {
  if (name === 'jslogin') return script(`window.QRLogin.code = ${code}; window.QRLogin.uuid = "";`)
  if (name === 'login') return script(`window.code=${code};`)
  if (name === 'webwxnewloginpage') return loginError(200, code, '登录失败。')
  if (name === 'webwxpushloginurl') return json({ ret: String(code), msg: '', uuid: '' })
  if (name === 'synccheck') return checked(code, 0)
  if (name === 'webwxsync') return syncRefused(code)
  const errMsg = code === 1205 ? '操作太频繁，请稍后再试。' : ''
  const base = { BaseResponse: { Ret: code, ErrMsg: errMsg } }
  // Its MediaId is somebody else's picture (protocol §10 trap 75).
  if (name === 'webwxuploadmedia')
    return json({ ...base, MediaId: code === 1205 ? '@crypt_5e1fb0a7_0000' : '' })
  return json({ ...base, MsgID: '', LocalID: '' })
}

const PAGE =
  '<!DOCTYPE html><html><head><title>Error</title></head><body>系统繁忙，请稍后再试。</body></html>'
