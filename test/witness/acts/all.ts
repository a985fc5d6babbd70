import { afterAll, beforeAll, describe } from 'vitest'
import { openStage, type Profile, type Stage } from '../stage.ts'
import { loginActs, managementActs } from './management.ts'
import { mediaActs } from './media.ts'
import { presenceActs } from './presence.ts'
import { roomActs } from './rooms.ts'
import { wordActs } from './words.ts'

/** Everything a client of the owner's sees and does, one after the other on one stage. */
export function allActs(profile: Profile): void {
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
}
