import { expect, test } from 'vitest'
import { puppet } from '../../../adapters/wechat-puppet/kind.ts'
import { Facts, runConnector } from '../../contract/connector/bench.ts'
import { failure } from '../../contract/connector/jobs.ts'
import { loadConfig } from '../../support/config.ts'
import { defaults, ports } from './lab.ts'

const section = { ...defaults, endpoint: '127.0.0.1:8788', token: 'insecure_x' }

test('a package that is not installed is named, with the command that installs it', async () => {
  const name = 'wechaty-puppet-that-nobody-has'
  const error = await failure(puppet.create({ ...section, package: name }, ports()))
  expect(error.failure).toMatchObject({ code: 'config' })
  expect(error.message).toContain(`npm install ${name}`)
  expect(error.message).toMatch(/optional/)
})

test('over TLS a name of the gateway is asked for, and the token is not told', async () => {
  const given = { ...section, tls: 'on' as const, token: 'verysecret' }
  const error = await failure(puppet.create(given, ports()))
  expect(error.failure).toMatchObject({ code: 'config' })
  expect(error.message).toContain('serverName')
  expect(error.message).not.toContain('verysecret')
  for (const more of [{ serverName: 'gateway' }, { token: 'gateway_x' }, { tls: 'off' as const }]) {
    await puppet.create({ ...given, ...more }, ports())
  }
})

test('a package that is no puppet ends the run with a sentence', async () => {
  const connector = await puppet.create({ ...section, package: 'yaml' }, ports())
  const stop = new AbortController()
  const facts = new Facts()
  const sink = { ...emptySink, login: (login: Parameters<Facts['login']>[0]) => facts.login(login) }
  const error = await failure(connector.run(sink, stop.signal))
  expect(error.failure).toMatchObject({ code: 'config' })
  expect(error.message).toContain('yaml')
})

const emptySink = {
  chats: async () => undefined,
  message: async () => undefined,
  echo: async () => undefined,
  read: async () => undefined,
  doubts: async () => undefined,
  merge: async () => undefined,
}

test('the gateway and its token are asked for, so that no public server is', () => {
  const lacking = (more: object) =>
    puppet.missing({ ...defaults, ...more }).map(({ option }) => option)
  expect(lacking({})).toEqual(['endpoint', 'token'])
  expect(lacking({ token: 'x' })).toEqual(['endpoint'])
  for (const endpoint of ['host', 'host:0', 'host:99999', 'http://host:1', ':1', 'a b:1']) {
    expect(lacking({ token: 'x', endpoint })).toEqual(['endpoint'])
  }
  expect(lacking({ token: 'x', endpoint: 'gateway.example.org:8788' })).toEqual([])
  expect(lacking({ token: 'x', endpoint: '[::1]:8788' })).toEqual([])
  expect(lacking({ package: 'wechaty-puppet-wechat4u' })).toEqual([])
  expect(lacking({ package: 'wechaty-puppet-wechat4u', ids: 'session' })).toEqual(['account'])
})

test('its options are configured like those of any connector, and the package is no path', () => {
  const sets = [
    'wechat.connector=puppet',
    'wechat.puppet.endpoint=127.0.0.1:1',
    'wechat.puppet.token=t',
  ]
  const { config } = loadConfig({ files: [], env: {}, sets: [...sets, 'web.enabled=true'] })
  expect(config.wechat.connector).toBe('puppet')
  for (const name of ['../evil.js', '/etc/x', 'data:text/javascript,1', 'node:fs']) {
    expect(() =>
      loadConfig({ files: [], env: {}, sets: [...sets, `wechat.puppet.package=${name}`] }),
    ).toThrow()
  }
})

test('stopping one that never reached its gateway is quick', async () => {
  const one = runConnector(
    await puppet.create({ ...section, endpoint: '127.0.0.1:9' }, ports()),
    new Facts(),
  )
  await one.stop()
  expect(one.facts.messages).toEqual([])
})
