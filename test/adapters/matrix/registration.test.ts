import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  makeRegistration,
  parseRegistration,
  registrationYaml,
} from '../../../adapters/matrix/registration.ts'

describe('a registration', () => {
  const made = makeRegistration({ url: 'http://127.0.0.1:29318' })

  it('comes back from its file as it was', () => {
    expect(parseRegistration(registrationYaml(made))).toEqual(made)
  })

  it('has fresh secrets each time', () => {
    const other = makeRegistration({ url: 'http://127.0.0.1:29318' })
    const all = [made.asToken, made.hsToken, other.asToken, other.hsToken]
    expect(new Set(all).size).toBe(4)
    for (const one of all) expect(one.length).toBeGreaterThanOrEqual(40)
  })

  it('tells the homeserver what it needs', () => {
    expect(parse(registrationYaml(made))).toMatchObject({
      id: 'wechat',
      url: 'http://127.0.0.1:29318',
      sender_localpart: 'wechatbot',
      rate_limited: false,
      receive_ephemeral: true,
      'de.sorunome.msc2409.push_ephemeral': true,
      namespaces: {
        users: [{ exclusive: true, regex: '@wechat_.*' }],
        aliases: [{ exclusive: true, regex: '#wechat_.*' }],
      },
    })
  })

  it('is shown by an example that can be read', async () => {
    const file = new URL('../../../config/registration.example.yaml', import.meta.url)
    expect(parseRegistration(await readFile(file, 'utf8'))).toMatchObject({ prefix: 'wechat_' })
  })

  it.each([
    ['', 'is not a list of settings'],
    ['id: [', 'is not YAML'],
    [registrationYaml(made).replace(/^as_token.*\n/m, ''), 'has no as_token'],
    [registrationYaml(made).replace(made.asToken, made.hsToken), 'the same as_token and hs_token'],
    [
      registrationYaml(made)
        .replace('"@wechat_.*"', '".*"')
        .replace("'@wechat_.*'", '".*"')
        .replace('regex: @wechat_.*', 'regex: .*'),
      'users namespace',
    ],
    [registrationYaml(made).replace('http://127.0.0.1:29318', 'nowhere'), 'not a URL'],
  ])('that is broken is refused, saying what is wrong (%#)', (yaml, words) => {
    let error: unknown
    try {
      parseRegistration(yaml)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({
      message: expect.stringContaining(words),
      failure: { code: 'config', heal: 'never' },
    })
    expect(String(error)).not.toContain(made.hsToken)
  })
})
