import { describe, expect, it } from 'vitest'
import { createGhosts } from '../../../adapters/matrix/ghosts.ts'
import { names as namesOf } from '../../../adapters/matrix/ids.ts'
import type { MediaRepository } from '../../../adapters/matrix/media.ts'
import { wordsOf } from '../../../adapters/matrix/words.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

const never = new AbortController().signal
const open = () => Promise.reject(new Error('nothing to open'))

describe('The user that stands for the owner', () => {
  it('asks for the name of an owner without one now and then, not with each word', async () => {
    let now = 1_000_000
    let name: string | undefined
    const asked: string[] = []
    const ghosts = createGhosts({
      homeserver: {
        async call({ method, path }) {
          if (method === 'GET') asked.push(path)
          return method === 'GET' && name !== undefined ? { displayname: name } : {}
        },
      },
      media: {} as MediaRepository,
      names: namesOf('wechat_', 'wechatbot', 'x'),
      owner: '@alice:x',
      words: wordsOf({ language: 'en' }),
      vault: memoryVault(),
      clock: { ...realClock, now: () => now },
      log: memoryLog(),
    })
    for (let word = 0; word < 5; word++) await ghosts.speaker({ type: 'me' }, open, never)
    expect(asked).toHaveLength(1)
    name = 'Alice'
    now += 11 * 60_000
    for (let word = 0; word < 5; word++) await ghosts.speaker({ type: 'me' }, open, never)
    expect(asked).toHaveLength(2)
    now += 11 * 60_000
    await ghosts.speaker({ type: 'me' }, open, never)
    expect(asked).toHaveLength(2)
  })
})
