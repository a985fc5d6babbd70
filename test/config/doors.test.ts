import { expect, test } from 'vitest'
import { faultsOf } from './config-lab.ts'

const told = (doors: object, connector = 'web') =>
  faultsOf({ sets: [`wechat.connector=${connector}`, `wechat.doors=${JSON.stringify(doors)}`] })

test.each([
  [
    { connector: 'wbe' },
    'connector: expected one of web, puppet, http, ilink; found "wbe", did you mean web?',
  ],
  [{}, 'connector: expected one of web, puppet, http, ilink; found nothing'],
  [{ connecter: 'web' }, 'connector: expected one of web, puppet, http, ilink; found nothing'],
  [
    { connector: 'sandbox' },
    'connector: expected one of web, puppet, http, ilink; found "sandbox"',
  ],
  [{ connector: 'web', alrets: true }, 'alrets: unknown option, did you mean alerts?'],
  [{ connector: 'web', alerts: 'yes' }, 'alerts: expected true or false; found "yes"'],
  [{ connector: 'web', wbe: {} }, 'wbe: unknown option, did you mean web?'],
  [{ connector: 'web', ilink: {} }, 'ilink: unknown option, expected connector, alerts or web'],
  [{ connector: 'web', web: 5 }, 'web: expected a section with options; found 5'],
  [
    { connector: 'web', web: { userAgnet: 'X' } },
    'web.userAgnet: unknown option, did you mean wechat.doors.second.web.userAgent?',
  ],
  [
    { connector: 'web', web: { extspam_fiel: 'X' } },
    'web.extspam_fiel: unknown option, did you mean wechat.doors.second.web.extspam_file?',
  ],
  [{ connector: 'web', web: { desktop: 3 } }, 'web.desktop: expected true or false; found 3'],
  [
    { connector: 'ilink', ilink: { pace: { sameChat: { ms: -1 } } } },
    'ilink.pace.sameChat.ms: expected a whole number, 0 or more; found -1',
  ],
  [
    { connector: 'ilink', ilink: { pace: 5 } },
    'ilink.pace: expected a section with options; found 5',
  ],
  [
    { connector: 'web', web: { extspam: 'AAsecret', extspam_file: '/nowhere' } },
    'web.extspam_file: expected either the secret itself or its file; found wechat.doors.second.web.extspam too',
  ],
  [
    { connector: 'web', web: { extspam_file: '/nowhere' } },
    'web.extspam_file: the file /nowhere cannot be read (ENOENT): there is no such file',
  ],
  [
    { connector: 'web', web: { desktop: true, Desktop: true } },
    'web.Desktop: there twice, first as wechat.doors.second.web.desktop',
  ],
])('%j is told of', (door, words) => {
  expect(told({ second: door })).toContain(`--set: wechat.doors.second.${words}`)
})

test('an account lacks what its connector needs, but for what is wrong already', () => {
  const door = (http: object) => told({ second: { connector: 'http', http } })
  expect(door({ secret: 'a'.repeat(16) })).toEqual([
    'wechat.doors.second.http.gateway: expected where your gateway is',
  ])
  expect(door({ secret: 'a'.repeat(16), gatewya: 'http://a' })).toEqual([
    '--set: wechat.doors.second.http.gatewya: unknown option, did you mean wechat.doors.second.http.gateway?',
  ])
})

test('every account is looked at, also beside one whose name cannot be', () => {
  const lines = told({ 'Bad!': { connector: 'web' }, code: {}, second: { connector: 'x' } })
  expect(lines).toEqual([
    '--set: wechat.doors.Bad!: expected a name like second: small letters, digits and -; found "Bad!"',
    '--set: wechat.doors.code: expected another name: this one means something else; found "code"',
    '--set: wechat.doors.code.connector: expected one of web, puppet, http, ilink; found nothing',
    '--set: wechat.doors.second.connector: expected one of web, puppet, http, ilink; found "x"',
  ])
})

test('an account that is no map is told of', () => {
  expect(told({ second: 5 })).toEqual([
    '--set: wechat.doors.second: expected a map of names, each to any value; found 5',
  ])
})

test('beside the sandbox there is none; a mistyped connector is no sandbox', () => {
  const door = { second: { connector: 'web' } }
  expect(told(door, 'sandbox')).toEqual([
    'wechat.doors: expected none beside the sandbox, whose data is thrown away',
  ])
  expect(told(door, 'wbe')).toEqual([
    '--set: wechat.connector: expected one of sandbox, web, puppet, http, ilink; found "wbe", did you mean web?',
  ])
})
