import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../../src/sandbox/server.ts'
import { jpeg } from '../../../contract/connector/jobs.ts'
import { until } from '../../../support/until.ts'

let sandbox: Sandbox
let child: ChildProcess | undefined

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 200, autoConfirmMs: 10 })
})
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGKILL')
    await until(() => child?.signalCode !== null || child.exitCode !== null)
  }
  await sandbox.close()
})

/** The program as a user runs it; resolves when it watches. */
async function start(name: string, ...more: string[]) {
  const path = new URL(`../../../../docs/examples/${name}.ts`, import.meta.url).pathname
  const env = { ...process.env, ...(more.length ? {} : { WECHAT_BASE: sandbox.origin }) }
  const made = spawn(process.execPath, [path, ...more], { env, stdio: 'pipe' })
  child = made
  let output = ''
  made.stdout.on('data', (data) => (output += data))
  made.stderr.on('data', (data) => (output += data))
  await until(() => {
    if (made.exitCode !== null) throw new Error(`It ended: ${output}`)
    return output.includes('Watching.')
  }, `the program; it said: ${output}`)
  return { output: () => output, made }
}

const arrived = (fits: Parameters<Sandbox['control']['waitDelivered']>[0]) =>
  sandbox.control.waitDelivered((each) => each.to === 'filehelper' && fits(each))
const sha = (bytes: Uint8Array | undefined) =>
  createHash('sha256')
    .update(bytes ?? new Uint8Array())
    .digest('hex')

test('the recall monitor sends what was recalled to filehelper: texts, pictures, voices, files, links', async () => {
  const { control } = sandbox
  const { made, output } = await start('recall-monitor')
  expect(output()).toContain(`Scan ${sandbox.origin}/l/`)
  await control.settled()
  const picture = jpeg(4000)
  const said = await control.say('wu', 'a secret', 'hikers')
  const shown = await control.picture('lin', picture)
  const file = await control.share('lin', {
    kind: 'file',
    name: '合同.txt',
    bytes: Buffer.from('§1'),
  })
  const voice = await control.share('zhou', { kind: 'voice' })
  const link = await control.share('zhou', { kind: 'link', title: 'T', url: 'https://a.example/b' })
  const kept = await control.say('lin', 'not recalled')
  await control.settled()
  const fetched = () => control.requests().map((each) => each.url)
  await until(() =>
    ['webwxgetmsgimg', 'webwxgetmedia', 'webwxgetvoice'].every((path) =>
      fetched().some((url) => url.includes(path)),
    ),
  )
  for (const id of [said, shown, file, voice, link]) await control.recall(id)
  await arrived((each) => each.text === '吴领队 in 周末爬山队⛰️ recalled: a secret')
  const seen = await arrived((each) => each.type === 'image')
  expect(sha(seen.bytes)).toBe(sha(picture))
  const whole = await arrived(
    (each) => each.type === 'file' && (each.name ?? '').endsWith('合同.txt'),
  )
  expect(Buffer.from(whole.bytes ?? []).toString()).toBe('§1')
  await arrived((each) => each.type === 'file' && (each.name ?? '').endsWith('.mp3'))
  await arrived((each) => each.text.endsWith('recalled: T https://a.example/b'))
  expect(control.delivered().some((each) => each.text.includes('not recalled'))).toBe(false)
  expect(kept).toMatch(/\d/)
  made.kill('SIGTERM')
  await until(() => made.exitCode !== null, 'the end')
  expect(made.exitCode).toBe(0)
})

test('the text cache sends a recalled text to filehelper, and minds no recall it cannot answer', async () => {
  const { control } = sandbox
  await start('text-cache')
  await control.settled()
  const unknown = await control.picture('lin', jpeg(500))
  await control.recall(unknown)
  const said = await control.say('lin', 'soon gone')
  await control.settled()
  await control.recall(said)
  await arrived((each) => each.text === 'soon gone')
  await control.kick()
  await until(() => child?.exitCode !== null, 'the end')
  expect(child?.exitCode).toBe(0)
})

test('with --sandbox the programs need nobody and nothing', async () => {
  const { output } = await start('text-cache', '--sandbox')
  expect(output()).toContain('Logged in as 许行舟')
})
