import { describe, expect, it } from 'vitest'
import { lacks, powerAtMaking, withBot, withOwner } from '../../../adapters/matrix/power.ts'

const owner = '@alice:example.org'
const bot = '@bot:example.org'

describe('Power levels', () => {
  it('list the maker up to version 11, and never from 12 on', () => {
    for (const version of ['1', '10', '11']) {
      expect(powerAtMaking(version, owner, bot).users).toEqual({ [bot]: 100, [owner]: 50 })
    }
    for (const version of ['12', '13']) {
      expect(powerAtMaking(version, owner, bot).users).toEqual({ [owner]: 50 })
    }
  })

  it('leave the users out where nobody knows the version', () => {
    for (const version of [undefined, 'org.matrix.hydra.11', '']) {
      expect(powerAtMaking(version, owner, bot)).not.toHaveProperty('users')
    }
  })

  it('give the owner what is missing, and change nothing else', () => {
    const levels = { users: { [bot]: 100 }, ban: 75, events: { 'm.room.tombstone': 100, x: 1 } }
    expect(withOwner(levels, owner)).toEqual({
      users: { [bot]: 100, [owner]: 50 },
      ban: 75,
      events: { 'm.room.tombstone': 50, x: 1 },
    })
    expect(withOwner(powerAtMaking('11', owner, bot), owner)).toBeUndefined()
    // A level that somebody set stays.
    expect(withOwner({ users: { [owner]: 10 } }, owner)).toBeUndefined()
  })

  it('are read also where they are words, or garbage', () => {
    expect(lacks({ users: { [bot]: '100' }, invite: '60' }, bot)).toEqual([])
    expect(lacks({ users: 'x', events: [], invite: {} }, bot).map(({ need }) => need)).toEqual([
      'redact',
      'state',
    ])
  })

  it('say what the bot and its ghosts may not do, and what it would take', () => {
    const levels = { users: { [bot]: 50 }, events: { 'm.room.message': 20 }, invite: 60 }
    expect(lacks(levels, bot)).toEqual([
      { need: 'ghosts', has: 0, wants: 20 },
      { need: 'invite', has: 50, wants: 60 },
    ])
    expect(withBot(levels, bot)?.users).toEqual({ [bot]: 100 })
    expect(withBot({ users: { [bot]: 100 } }, bot)).toBeUndefined()
  })
})
