import { describe } from 'vitest'
import { allActs } from '../witness/acts/all.ts'
import { raisedLimits } from '../witness/stage.ts'
import { synapseUnavailable } from './synapse-install.ts'

const why = synapseUnavailable()

describe.skipIf(why)('a client of the owner’s, with raised limits and rooms of version 11', () =>
  allActs(raisedLimits),
)
