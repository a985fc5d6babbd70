import type { Letter, Outcome, Standing, Which } from './wire.ts'

/**
 * What a person at the machine can ask of a bridge, running or not. Rejects with BridgeErrors: `gone` when there is
 * nothing of that number, `server` when the store or the bridge does not answer now.
 */
export interface Operator {
  standing(): Promise<Standing>
  /** What waits for a person's word, latest first, with `seq` below `before`. */
  letters(limit: number, before?: number): Promise<readonly Letter[]>
  /** Puts back in line. `all` takes what surely did not arrive; what may have, or is held, must be named. */
  retry(which: Which): Promise<Outcome>
  /** Forgets the deliveries, not the messages. */
  drop(which: Which): Promise<Outcome>
  /**
   * The same for one of the others who have an account here, by their Matrix user id. Absent: there are none. Rejects with
   * `gone` where there is no such person, or their part does not run.
   */
  of?(user: string): Promise<Pick<Operator, 'letters' | 'retry' | 'drop'>>
}
