/** What went wrong, in the bridge's own terms (architecture §12). `bug` is anything nobody foresaw. */
export type Code =
  | 'network'
  | 'timeout'
  | 'server'
  | 'rate'
  | 'session'
  | 'refused'
  | 'tooLarge'
  | 'format'
  | 'gone'
  | 'config'
  | 'bug'

/** What helps: trying again, waiting `afterMs`, a new login, or nothing. */
export type Heal = 'retry' | 'wait' | 'relogin' | 'never'

/** What exactly was the matter, where there are words for people about it (`causes.ts`). */
export type Reason =
  | 'wrong'
  | 'trouble'
  | 'senseless'
  | 'phoneAway'
  | 'stale'
  | 'ended'
  | 'unreadable'
  | 'notFound'
  | 'abnormal'
  | 'notFriend'
  | 'tooOften'
  /** The bridge's own: the same was written to many, it is older than a backup, or the bridge was stopped over it. */
  | 'repeated'
  | 'restored'
  | 'stopped'
  | 'noId'
  | 'disk'
  /** The chat takes no more until a message comes from it (`ConnectorFeatures.quota`): it waits for that. */
  | 'quota'
  /** Its room is shut (`HubStanding`): it waits there for as long as it takes. */
  | 'shut'

export interface Failure {
  readonly code: Code
  readonly heal: Heal
  /** True: it surely was not delivered. False: it may have been, so look before doing it again. */
  readonly certain: boolean
  /** For `wait`: milliseconds until it is worth trying again. */
  readonly afterMs?: number
  readonly reason?: Reason
  /** The other side's own words about it: hostile text. */
  readonly said?: string
}

/** The one error type adapters throw. `message` says what happened and what helps; no secrets, no bodies. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError'
  readonly failure: Failure
  constructor(message: string, failure: Failure, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

/** Any thrown value as a BridgeError. What is not one already is a `bug`, and it may have been delivered. */
export function toBridgeError(thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new BridgeError(message, { code: 'bug', heal: 'retry', certain: false }, { cause: thrown })
}
