import { BridgeError } from '../../../src/core/errors.ts'
import { SessionEnd, WireFault } from '../fault.ts'

/** What every call answers. `ret` is WeChat's own code, or a local one below -1000 ({@link localErrors}). */
export interface Answer {
  readonly ret: number
  /** In words: the local translation where there is one, else the server's. */
  readonly errMsg: string
  /** The server's own words; hostile text. */
  readonly rawMsg: string
}

/** `ok` exactly if `ret` is 0 (protocol §7.8). What was fetched or made is beside it then. */
export type Result<T extends object = object> =
  | (Answer & { readonly ok: true } & T)
  | (Answer & { readonly ok: false } & { readonly [K in keyof T]?: undefined })

/** itchat's local codes and their words, and one of EWS' for a client that is not logged in (protocol §7.8). */
export const localErrors = {
  0: '请求成功',
  '-1000': '返回值不带BaseResponse',
  '-1001': '无法找到对应的成员',
  '-1002': '文件位置错误',
  '-1003': '服务器拒绝连接',
  '-1004': '服务器返回异常值',
  '-1005': '参数错误',
  '-1006': '无效操作',
  '-2000': '尚未登录',
} as const satisfies Readonly<Record<number, string>>

export type LocalRet = -1000 | -1001 | -1002 | -1003 | -1004 | -1005 | -1006 | -2000

/** Thrown inside the library where a call cannot be made; {@link attempt} turns it into a result. */
export class LocalError extends Error {
  readonly ret: LocalRet
  constructor(ret: LocalRet, message = '') {
    super(message)
    this.ret = ret
  }
}

/** Does the work; what goes wrong on the wire or with the arguments is a result, everything else is thrown. */
export function attempt(work: () => Promise<void>): Promise<Result>
export function attempt<T extends object>(work: () => Promise<T>): Promise<Result<T>>
export async function attempt<T extends object>(
  work: () => Promise<T | undefined>,
): Promise<Result<T>> {
  try {
    const done = await work()
    return { ok: true, ret: 0, errMsg: localErrors[0], rawMsg: '', ...(done as T) }
  } catch (thrown) {
    const [ret, rawMsg] = codeOf(thrown)
    return refused(ret, rawMsg) as Result<T>
  }
}

/** A result that says no. */
export function refused(ret: number, rawMsg = ''): Result {
  const known = localErrors[String(ret) as keyof typeof localErrors]
  return { ok: false, ret, errMsg: known || rawMsg, rawMsg }
}

function codeOf(thrown: unknown): [ret: number, rawMsg: string] {
  if (thrown instanceof LocalError) return [thrown.ret, thrown.message]
  if (thrown instanceof SessionEnd) return [-1003, thrown.detail ?? thrown.message]
  if (thrown instanceof BridgeError) {
    const { code } = thrown.failure
    if (code === 'tooLarge' || code === 'format') return [-1005, thrown.message]
    return [code === 'session' ? -2000 : -1004, thrown.message]
  }
  if (!(thrown instanceof WireFault)) throw thrown
  if (thrown.kind === 'ret') return [thrown.ret ?? -1, thrown.sentence ?? '']
  if (thrown.kind === 'garbage') return [-1000, thrown.message]
  return [thrown.kind === 'status' ? -1004 : -1003, thrown.message]
}
