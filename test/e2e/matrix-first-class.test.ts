import { afterAll, beforeAll, describe } from 'vitest'
import { loginActs, managementActs } from '../witness/acts/management.ts'
import { mediaActs } from '../witness/acts/media.ts'
import { presenceActs } from '../witness/acts/presence.ts'
import { roomActs } from '../witness/acts/rooms.ts'
import { wordActs } from '../witness/acts/words.ts'
import { openStage, profiles, type Stage } from '../witness/stage.ts'
import { synapseUnavailable } from './synapse-install.ts'

const why = synapseUnavailable()

describe.skipIf(why).each(profiles)('a client of the owner’s, $name', (profile) => {
  let stage: Stage
  const now = () => stage
  beforeAll(async () => {
    stage = await openStage(profile)
  })
  afterAll(() => stage?.drop())

  describe('at the login', () => loginActs(now))
  describe('sees of rooms', () => roomActs(now))
  describe('hears and says', () => wordActs(now))
  describe('shows and is shown', () => mediaActs(now))
  describe('is there', () => presenceActs(now))
  describe('sees in the management room', () => managementActs(now))
})
