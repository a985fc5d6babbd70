import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Entry, entries } from '../../config/entries.ts'
import { optionsReference } from '../../config/reference.ts'
import { describe as describeConfig, kinds } from '../support/config.ts'
import { configLab, load, token } from './config-lab.ts'

let lab: Awaited<ReturnType<typeof configLab>>
beforeAll(async () => {
  lab = await configLab()
})
afterAll(() => lab.drop())

const entry = (all: readonly Entry[], path: string) => all.find((each) => each.path === path)

test('each option is there once with its default', () => {
  const all = entries(load({}))
  const reference = optionsReference(kinds)
  expect(all.map(({ path }) => path).toSorted()).toEqual(
    reference.map(({ path }) => path).toSorted(),
  )
  for (const { path, default: value, secret } of reference) {
    expect(entry(all, path)).toEqual({
      path,
      shown: JSON.stringify(value),
      origin: 'default',
      secret,
    })
  }
})

test('an origin says the layer, the line and the file of a secret', async () => {
  const secret = await lab.file(token, 'token')
  const first = await lab.file('web:\n  # The page.\n  port: 1\n  host: 127.0.0.2\n')
  const second = await lab.file('language: en\nweb: {port: 2}\n')
  const loaded = load({
    files: [first, second],
    dotenv: `BRIDGE__LOG__LEVEL=debug\nTELEGRAM_BOT_TOKEN_FILE=${secret}`,
    env: { BRIDGE__BACKUP__KEEP: '4' },
    sets: ['MPS.DigestAt=08:00'],
  })
  const all = entries(loaded)
  expect(entry(all, 'web.host')).toMatchObject({ shown: '"127.0.0.2"', origin: `${first}:4` })
  expect(entry(all, 'web.port')).toMatchObject({ shown: '2', origin: `${second}:2` })
  expect(entry(all, 'language')).toMatchObject({ shown: '"en"', origin: `${second}:1` })
  expect(entry(all, 'log.level')).toMatchObject({ origin: '.env BRIDGE__LOG__LEVEL' })
  expect(entry(all, 'backup.keep')).toMatchObject({
    shown: '4',
    origin: 'environment BRIDGE__BACKUP__KEEP',
  })
  expect(entry(all, 'mps.digestAt')).toMatchObject({ shown: '"08:00"', origin: '--set' })
  expect(entry(all, 'telegram.token')).toEqual({
    path: 'telegram.token',
    shown: '(set)',
    origin: `.env TELEGRAM_BOT_TOKEN_FILE, file ${secret}`,
    secret: true,
  })
  expect(describeConfig(loaded).split('\n')).toContain(`web.port = 2  (${second}:2)`)
})

test('passwords in addresses and secrets in maps are not shown', () => {
  const all = entries(
    load({
      sets: [
        `telegram.token=${token}`,
        'telegram.proxy=socks5://me:AAsecret@10.0.0.1:1080',
        'telegram.webhook.url=https://me:AAsecret@example.org/in?secret=AAsecret&a=1',
        'wechat.puppet.options={"token": "AAsecret", "apiKey": "AAsecret", "deep": [{"password": "AAsecret"}], "name": "x"}',
      ],
    }),
  )
  expect(JSON.stringify(all)).not.toContain('AAsecret')
  expect(entry(all, 'telegram.webhook.url')?.shown).toBe('"https://…@example.org/in?secret=…&a=1"')
  expect(entry(all, 'wechat.puppet.options')?.shown).toBe(
    '{"token":"(set)","apiKey":"(set)","deep":[{"password":"(set)"}],"name":"x"}',
  )
})

test('further accounts are shown option by option, with origins of their own', async () => {
  const secret = await lab.file('AAsecret', 'extspam')
  const file = await lab.file(
    [
      'wechat:',
      '  connector: web',
      '  web:',
      '    userAgent: X',
      '    extspam: AAsecret',
      '  doors:',
      '    second:',
      '      connector: ilink',
      '      alerts: true',
      '      ilink:',
      '        pace:',
      '          sameChat:',
      '            ms: 5',
      '    third:',
      '      connector: web',
      '      web:',
      '        desktop: false',
      `        extspam_file: ${secret}`,
      '    fourth:',
      '      connector: web',
    ].join('\n'),
  )
  const loaded = load({ files: [file] })
  const all = entries(loaded)
  const shown = (path: string) => {
    const { shown: value, origin } = entry(all, `wechat.doors.${path}`) ?? {}
    return [value, origin]
  }
  expect(JSON.stringify(all)).not.toContain('AAsecret')
  expect(entry(all, 'wechat.doors')).toBeUndefined()
  expect(shown('second.connector')).toEqual(['"ilink"', `${file}:8`])
  expect(shown('second.alerts')).toEqual(['true', `${file}:9`])
  expect(shown('second.ilink.pace.sameChat.ms')).toEqual(['5', `${file}:13`])
  expect(shown('second.ilink.pace.sameChat.jitterMs')).toEqual(['500', 'default'])
  expect(shown('third.alerts')).toEqual(['false', 'default'])
  expect(shown('third.web.desktop')).toEqual(['false', `${file}:17`])
  expect(shown('third.web.extspam')).toEqual(['(set)', `${file}:18, file ${secret}`])
  expect(shown('third.web.userAgent')).toEqual(['"X"', `${file}:4, as wechat.web.userAgent`])
  expect(shown('fourth.web.extspam')).toEqual(['null', 'default'])
  expect(loaded.config.wechat.doors).toMatchObject({
    second: { alerts: true, options: { pace: { sameChat: { ms: 5, jitterMs: 500 } } } },
    third: { options: { extspam: 'AAsecret', desktop: false, userAgent: 'X' } },
    fourth: { options: { extspam: null, userAgent: 'X' } },
  })
})
