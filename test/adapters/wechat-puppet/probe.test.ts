import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { probePuppet } from '../../../adapters/wechat-puppet/probe.ts'
import { freePort } from '../../support/free-port.ts'

const signal = AbortSignal.timeout(200_000)

async function levels(installed: boolean, port: number): Promise<readonly string[]> {
  const endpoint = { host: '127.0.0.1', port }
  const { findings } = await probePuppet({ package: 'a-puppet', installed, endpoint }, signal)
  return findings.map(({ level, what }) => `${level} ${what.en}`)
}

test('the package and the gateway are told apart', async () => {
  const port = await freePort()
  expect(await levels(false, port)).toEqual([
    'problem Wechaty: the npm package a-puppet is not installed.',
  ])
  expect(await levels(true, port)).toEqual([
    'ok Wechaty: a-puppet is installed',
    `problem Wechaty: the gateway 127.0.0.1:${port} cannot be reached (ECONNREFUSED).`,
  ])
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  try {
    expect((await levels(true, port)).at(-1)).toBe(
      `ok Wechaty: the gateway 127.0.0.1:${port} is there`,
    )
  } finally {
    server.close()
  }
})
