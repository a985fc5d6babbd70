import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { fastPace } from '../support/fast-pace.ts'
import { tempFolder } from '../support/ports.ts'
import { RawHub } from '../support/raw-hub.ts'
import { until } from '../support/until.ts'
import { MadeBytes, sha256Of } from './bytes.ts'
import { megabytes, noMemory, settledRss, Watcher } from './memory.ts'

const size = Number(process.env.BIG_BYTES ?? 1 << 30)
/** What a file of any size may add to the memory of the bridge. */
const allowed = 48 << 20
const longMs = 300_000

const why = noMemory()

describe.skipIf(why)(`a file of ${megabytes(size)}${why ? ` (skipped: ${why})` : ''}`, () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let sandbox: Sandbox
  let hub: RawHub
  let bridge: BridgeProcess
  let room = ''
  let sha256 = ''
  const big = new MadeBytes(size)

  beforeAll(async () => {
    folder = await tempFolder()
    sandbox = await startSandbox({ holdMs: 2_000 })
    hub = await RawHub.start()
    const most = String(2 * size)
    bridge = startBridgeProcess({
      sets: [
        'language=en',
        `data.dir=${join(folder.path, 'data')}`,
        'wechat.connector=web',
        `wechat.web.loginBase=${sandbox.origin}`,
        'wechat.web.acceptRisk=true',
        `wechat.web.maxFileBytes=${most}`,
        `media.maxBytes=${most}`,
        ...fastPace,
        'web.enabled=false',
        'backup.everyHours=0',
      ],
      hub: hub.url,
      patienceMs: 30_000,
    })
    await bridge.ready
    const { control } = sandbox
    await control.code()
    await control.scan()
    await control.confirm()
    await control.settled()
    // Warm in both directions: what comes after is not the first of its kind.
    const small = new MadeBytes(4 << 20)
    await control.share('lin', { kind: 'file', name: 'small.bin', large: small })
    const posts = () => hub.posts.filter(({ media }) => media?.bytes === small.byteLength)
    await until(
      () => posts().length === 1,
      () => `the small file\n${bridge.log()}`,
    )
    room = posts()[0]?.room ?? ''
    give(small, 'small.bin')
    await control.waitDelivered(({ type }) => type === 'file')
    sha256 = await sha256Of(big)
  })

  afterAll(async () => {
    await bridge?.stop()
    await hub?.close()
    await sandbox?.close()
    await folder?.drop()
  })

  const give = (bytes: MadeBytes, name: string) =>
    hub.give(room, {
      kind: 'file',
      mime: 'application/octet-stream',
      name,
      bytes: bytes.byteLength,
      stream: () => bytes.read(),
    })

  /** What the relay of one file adds to the settled memory, at its highest. */
  async function grown(towards: string, relay: () => Promise<void>): Promise<number> {
    const { pid } = bridge
    if (pid === undefined) throw new Error('no bridge')
    const before = await settledRss(pid)
    const begun = Date.now()
    const watcher = new Watcher(pid)
    try {
      await relay()
    } finally {
      watcher.stop()
    }
    const seconds = ((Date.now() - begun) / 1000).toFixed(1)
    const growth = watcher.most - before
    console.log(
      `${megabytes(size)} ${towards}: ${seconds} s, RSS ${megabytes(before)} before, ` +
        `${megabytes(watcher.most)} at most: +${megabytes(growth)}`,
    )
    return growth
  }

  test(
    'from WeChat to the hub needs little memory, and arrives as it was',
    async () => {
      const growth = await grown('from WeChat to the hub', async () => {
        await sandbox.control.share('lin', { kind: 'file', name: 'big.bin', large: big })
        const arrived = () => hub.posts.find(({ media }) => media?.bytes === size)
        const post = await until(arrived, () => `the big file\n${bridge.log()}`, longMs)
        expect(post.media?.sha256).toBe(sha256)
      })
      expect(growth).toBeLessThan(allowed)
    },
    longMs,
  )

  test(
    'from the hub to WeChat needs little memory, and arrives as it was',
    async () => {
      const growth = await grown('from the hub to WeChat', async () => {
        give(big, 'big.bin')
        const isBig = ({ large }: { large?: { byteLength: number } }) => large?.byteLength === size
        const { large } = await sandbox.control.waitDelivered(isBig, longMs).catch((error) => {
          throw new Error(bridge.log(), { cause: error })
        })
        if (!large) throw new Error('no bytes')
        expect(await sha256Of(large)).toBe(sha256)
      })
      expect(growth).toBeLessThan(allowed)
    },
    longMs,
  )
})
