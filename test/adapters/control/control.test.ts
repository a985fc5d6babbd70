import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, createServer as createSocket } from 'node:net'
import { join } from 'node:path'
import { Client } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectControl, type Remote } from '../../../adapters/control/client.ts'
import type { Operator } from '../../../adapters/control/operator.ts'
import { type Control, openControl } from '../../../adapters/control/server.ts'
import type { Letter, Standing } from '../../../adapters/control/wire.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { memoryLog, tempFolder } from '../../support/ports.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let path: string
let log: ReturnType<typeof memoryLog>
let control: Control | undefined
let remote: Remote | undefined
let asked: unknown[]
beforeEach(async () => {
  temp = await tempFolder()
  path = join(temp.path, 'control.sock')
  log = memoryLog()
  asked = []
})
afterEach(async () => {
  await remote?.close()
  await control?.close()
  remote = control = undefined
  await temp.drop()
})

const standing: Standing = {
  login: { state: 'online', name: 'Lin' },
  lanes: [{ lane: 'wechat/wx:1', waiting: 2, since: 5 }],
  dead: 1,
}
const letter: Letter = {
  seq: 7,
  state: 'unknown',
  towards: 'wechat',
  lane: 'wechat/wx:1',
  chat: 'Lin',
  what: 'hello',
  since: 3,
}

function operator(more: Partial<Operator> = {}): Operator {
  const does = (what: string) => async (which: unknown) => {
    asked.push([what, which])
    return { done: 1, left: 2 }
  }
  return {
    standing: async () => standing,
    letters: async (...how) => {
      asked.push(['letters', ...how])
      return [letter]
    },
    retry: does('retry'),
    drop: does('drop'),
    ...more,
  }
}

async function open(more: Partial<Operator> = {}): Promise<Remote> {
  control = await openControl(path, operator(more), log)
  const found = await connectControl(path)
  if (!found) throw new Error('nobody listens')
  remote = found
  return found
}

test('what is asked at one end is answered at the other', async () => {
  const far = await open()
  expect(await far.standing()).toEqual(standing)
  expect(await far.letters(20, 99)).toEqual([letter])
  expect(await far.letters(20)).toEqual([letter])
  expect(await far.retry(7)).toEqual({ done: 1, left: 2 })
  expect(await far.drop('all')).toEqual({ done: 1, left: 2 })
  expect(asked).toEqual([
    ['letters', 20, 99],
    ['letters', 20, undefined],
    ['retry', 7],
    ['drop', 'all'],
  ])
})

test('what is about one of the others is asked of them, and of nobody where there are none', async () => {
  const theirs = operator({ letters: async () => [{ ...letter, chat: 'of bob' }] })
  const far = await open({
    of: async (user) => {
      asked.push(['of', user])
      if (user === '@bob:example.org/é') return theirs
      throw new BridgeError('There is no such person.', {
        code: 'gone',
        heal: 'never',
        certain: true,
      })
    },
  })
  const bob = await far.of('@bob:example.org/é')
  expect(await bob.letters(5)).toMatchObject([{ chat: 'of bob' }])
  expect(await bob.drop('all')).toEqual({ done: 1, left: 2 })
  expect(asked).toEqual([
    ['of', '@bob:example.org/é'],
    ['of', '@bob:example.org/é'],
    ['drop', 'all'],
  ])
  const eve = await far.of('@eve:example.org')
  await expect(eve.drop('all')).rejects.toMatchObject({ failure: { code: 'gone' } })
  await remote?.close()
  await control?.close()
  const alone = await (await open()).of('@bob:example.org')
  await expect(alone.drop('all')).rejects.toThrow(/does not know this command/)
  expect(asked.filter((one) => String(one).startsWith('drop'))).toHaveLength(1)
})

test('only this user may open the socket, and it is gone after the end', async () => {
  await open()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await control?.close()
  expect(await readdir(temp.path)).toEqual([])
  expect(await connectControl(path)).toBeUndefined()
})

test('what a dead bridge left is replaced, and is nobody until then', async () => {
  const dead = createSocket().listen(path)
  await once(dead, 'listening')
  // As kill -9 leaves it: the file stays, nobody listens.
  const { rename } = await import('node:fs/promises')
  await rename(path, `${path}.kept`)
  await new Promise((resolve) => dead.close(resolve))
  await rename(`${path}.kept`, path)
  expect(await connectControl(path)).toBeUndefined()
  expect(await (await open()).standing()).toEqual(standing)
})

test('without a place for it the bridge goes on, and says why', async () => {
  const long = join(temp.path, 'x'.repeat(120))
  control = await openControl(long, operator(), log)
  expect(log.text()).toContain('its path is longer than')
  expect(await connectControl(long)).toBeUndefined()
  await mkdir(path)
  await writeFile(join(path, 'somebody'), 'else')
  control = await openControl(path, operator(), log)
  expect(log.lines).toHaveLength(2)
})

test('a no is told as one, with its sentence; a fault is logged', async () => {
  const far = await open({
    retry: () =>
      Promise.reject(
        new BridgeError('There is no 9.', { code: 'gone', heal: 'never', certain: true }),
      ),
    letters: () => Promise.reject(new TypeError('x is not a function')),
  })
  await expect(far.retry(9)).rejects.toMatchObject({
    message: 'There is no 9.',
    failure: { code: 'gone' },
  })
  await expect(far.letters(1)).rejects.toMatchObject({ failure: { code: 'bug' } })
  expect(log.text()).toContain('met a fault')
})

test('requests are bounded, and nonsense is refused', async () => {
  await open()
  const raw = new Client('http://bridge', { socketPath: path })
  const status = async (method: 'GET' | 'POST', where: string, body?: string) => {
    const answer = await raw.request({ method, path: where, body: body ?? null })
    await answer.body.text()
    return answer.statusCode
  }
  try {
    expect(await status('POST', '/retry', '"most"')).toBe(400)
    expect(await status('POST', '/retry', '-1')).toBe(400)
    expect(await status('POST', '/retry', '1.5')).toBe(400)
    expect(await status('POST', '/drop', 'no json')).toBe(400)
    expect(await status('POST', '/drop', `7${' '.repeat(100_000)}`).catch(() => 400)).toBe(400)
    expect(await status('GET', '/drop')).toBe(404)
    expect(await status('GET', '/../etc')).toBe(404)
    expect(await status('GET', '/dead?limit=100000')).toBe(200)
  } finally {
    await raw.destroy()
  }
  expect(asked).toEqual([['letters', 200, undefined]])
  // And whoever says nothing at all holds up nobody.
  const silent = connect(path)
  await once(silent, 'connect')
  expect(await remote?.standing()).toEqual(standing)
  silent.destroy()
})

test('an end that speaks another version, or nothing sensible, is told from one that is not there', async () => {
  for (const body of ['{"login":{"state":"dancing"}}', 'no json', '']) {
    const other = createServer((_, answer) => answer.end(body)).listen(path)
    await once(other, 'listening')
    const far = await connectControl(path)
    await expect(far?.standing()).rejects.toThrow('another version')
    await far?.close()
    await new Promise((resolve) => other.close(resolve))
  }
  const rude = createServer((request) => request.socket.destroy()).listen(path)
  await once(rude, 'listening')
  const far = await connectControl(path)
  await expect(far?.standing()).rejects.toThrow('did not answer')
  await far?.close()
  await new Promise((resolve) => rude.close(resolve))
})
