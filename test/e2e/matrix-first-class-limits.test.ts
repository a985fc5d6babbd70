import { allActs } from '../witness/acts/all.ts'
import { defaultLimits } from '../witness/stage.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse(
  'a client of the owner’s, with Synapse’s default limits, for the bridge too, and rooms of version 12',
  () => allActs(defaultLimits),
)
