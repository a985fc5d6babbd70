import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Whom the code of a folder asks, and which option names them. All other code asks nobody. */
const askers: Readonly<Record<string, string>> = {
  'adapters/control': 'the bridge on this machine, by its socket in data.dir',
  'adapters/matrix': 'matrix.homeserver.url',
  'adapters/telegram': 'telegram.apiRoot, by telegram.proxy',
  'adapters/wechat-web': 'wechat.web.loginBase, and the hosts that WeChat leads to',
  'adapters/wechat-ilink': 'wechat.ilink.loginBase and cdnBase, and the hosts that WeChat leads to',
  'adapters/wechat-http': 'wechat.http.gateway and mediaHosts',
  'adapters/wechat-puppet': 'wechat.puppet.endpoint, and public addresses of media',
  'src/cli/doctor': 'this machine, by the ports that are configured',
}

const asking =
  /from 'undici'|\b(?:get|request)(?: as \w+)?,?[^'\n]*\} from 'node:https?'|\bconnect\b[^'\n]*\} from 'node:(?:net|tls)'|(?<![.\w])fetch\((?!signal\)|until\))['"`a-z]|new (?:WebSocket|EventSource)|from 'node:(?:dgram|http2)'/

/** Redirects are followed by what follows them unasked: `fetch`, and undici with an interceptor. */
const following = /globalThis\.fetch|interceptors\.redirect|maxRedirections|redirect: 'follow'/

const sources = (): readonly (readonly [path: string, text: string])[] =>
  ['src', 'adapters', 'config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') || name.endsWith('.mjs'))
      .map((name) => join(folder, name))
      // The sandbox is a WeChat of its own on this machine.
      .filter((path) => !path.startsWith('src/sandbox/'))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
  )

test('only what speaks to a configured place asks anybody anything', () => {
  const folders = Object.keys(askers)
  const others = sources()
    .filter(([path, text]) => asking.test(text) && !folders.some((each) => path.startsWith(each)))
    .map(([path]) => path)
  expect(others).toEqual([])
})

test.each([
  "import { Agent, request } from 'undici'",
  "import { get as httpsGet } from 'node:https'",
  "import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http'",
  "import { connect } from 'node:net'",
  "const answer = await fetch('https://example.org')",
  'const socket = new WebSocket(address)',
])('%s would be seen', (code) => {
  expect(code).toMatch(asking)
})

test('nothing follows redirects by itself', () => {
  const found = sources().filter(([, text]) => following.test(text))
  expect(found.map(([path]) => path)).toEqual([])
})

test('certificates are checked wherever there is TLS', () => {
  const found = sources().filter(([, text]) =>
    /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/.test(text),
  )
  expect(found.map(([path]) => path)).toEqual([])
})

test('the page loads nothing from elsewhere', () => {
  const folder = join(root, 'adapters/web/page')
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8')
    const loaded = text.matchAll(
      /(?:src|href|from|import|url)[=(\s]*["'`(]((?:https?:)?\/\/[^"'`)]+)/g,
    )
    expect([name, [...loaded].map(([, address]) => address)]).toEqual([name, []])
  }
})
