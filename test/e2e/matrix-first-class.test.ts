import { allActs } from '../witness/acts/all.ts'
import { raisedLimits } from '../witness/stage.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('a client of the owner’s, with raised limits and rooms of version 11', () =>
  allActs(raisedLimits),
)
