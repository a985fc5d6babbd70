import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mediaId } from '../../src/core/ids.ts'
import { message, picture } from '../core/samples.ts'
import { noSmallDisk, type SmallDisk, smallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

const why = noSmallDisk()

describe.skipIf(why)(
  `database and media on a disk that fills up${why ? ` (skipped: ${why})` : ''}`,
  () => {
    let disk: SmallDisk
    let world: World
    const { TMPDIR } = process.env
    beforeEach(async () => {
      disk = smallDisk(8 << 20)
      process.env.TMPDIR = disk.path
      world = await openWorld()
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    })
    afterEach(async () => {
      await world.close()
      disk.drop()
    })
    const filler = () => join(disk.path, 'filler')
    /** Not one byte is left, not even where the database has set some aside. */
    const fill = () => {
      for (let size = 8 << 20; size > 0; size >>= 1) {
        for (;;) {
          try {
            writeFileSync(filler(), Buffer.alloc(size), { flag: 'a' })
          } catch {
            break
          }
        }
      }
    }

    test('nothing is confirmed that is not kept, and nothing is lost when there is room again', async () => {
      await world.wechat.hear(message('a'))
      await until(() => world.hub.words().includes('text a'), 'the first message')
      const room = await roomOf(world)
      fill()
      const long = 'x'.repeat(200_000)
      const big = (id: string) => message(id, { content: { kind: 'text', text: `${id} ${long}` } })
      await expect(world.wechat.hear(big('b'))).rejects.toMatchObject({
        failure: { code: 'server', heal: 'retry' },
      })
      await expect(world.hub.says(room, `out ${long}`)).rejects.toMatchObject({
        failure: { code: 'server' },
      })
      rmSync(filler())
      await world.wechat.hear(big('b'))
      await world.wechat.hear(message('c'))
      await world.hub.says(room, 'out')
      await until(() => world.hub.words().includes('text c'), 'what came after')
      await until(() => world.wechat.delivered.length === 1, 'what was written')
      const heard = world.hub.words(room).map((words) => words.slice(0, 6))
      expect(heard.filter((words) => /^(text|b xxx)/.test(words))).toEqual([
        'text a',
        ...heard.filter((words) => words.startsWith('b xxx')),
        'text c',
      ])
      expect(heard.join()).toContain('b xxx')
    })

    test('what is too large for the disk reaches its room all the same, and that is said', async () => {
      const bytes = randomBytes(900_000)
      const media = { ...picture, id: mediaId('wechat/wx:2718281828/img/big') }
      world.wechat.media.set(media.id, bytes)
      // Room for messages, not for pictures.
      fill()
      writeFileSync(filler(), Buffer.alloc(0))
      writeFileSync(filler(), Buffer.alloc((8 << 20) - 1_600_000))
      await world.wechat.hear(message('p', { content: { kind: 'image', media } }))
      await until(() => world.hub.words().includes('[image]'), 'the picture')
      const said = () => world.hub.words().filter((words) => words.startsWith('The disk'))
      await until(() => said().length > 0, 'that the disk is full')
      expect(said()).toEqual([expect.stringContaining('The disk of the bridge is full.')])
    })
  },
)
