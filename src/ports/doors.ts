import type { Login } from './wechat.ts'

/** One configured way into WeChat, and where its login stands. */
export interface DoorState {
  /** `main`, or its name in `wechat.doors`. */
  readonly id: string
  readonly login: Login
}

/** A login to show to a person. `door` says which one it is of, where there is more than one. */
export type ShownLogin = Login & { readonly door?: string }
