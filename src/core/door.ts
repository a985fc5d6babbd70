import type { ConnectorFeatures } from './post.ts'

/**
 * What using a way into WeChat does to the account, as far as is known: `none` (it is WeChat's own offer), `behind` (as
 * risky as what stands behind the gateway), `high` (accounts were locked for it), `sandbox` (nobody's account).
 */
export type DoorRisk = 'none' | 'behind' | 'high' | 'sandbox'

/** What a person has to have for it: a phone to scan with, a program of theirs that runs, a package to install. */
export type DoorNeed = 'phone' | 'gateway' | 'package'

/**
 * What one way into WeChat can do, what it asks of a person and what it may cost them. Words for people are made from
 * this alone (`door-words.ts`), so that nothing is promised that the code does not do.
 */
export interface DoorRecord {
  readonly features: ConnectorFeatures
  readonly risk: DoorRisk
  readonly needs: readonly DoorNeed[]
  /** Offered by WeChat's maker. */
  readonly official: boolean
  /** What is received, beside texts: whatever is not named here is not, or nobody can say. */
  readonly receives: readonly ('media' | 'recalls' | 'quotes' | 'members')[]
  /** Of `features` and `receives`, the gateway says what really holds once it is there. */
  readonly depends?: true
}
