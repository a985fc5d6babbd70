import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSite } from '../../../adapters/web/site.ts'
import { makeWorld, type RunningHub, runHub, type World } from './page-client.ts'

let world: World
let running: RunningHub
beforeEach(async () => {
  world = await makeWorld()
  running = await runHub(world)
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

describe('the page’s files', () => {
  it('are all served, together under 160 kB', async () => {
    const site = await loadSite()
    let total = 0
    for (const [path, { body }] of site) {
      total += body.length
      expect((await fetch(running.home + path)).status).toBe(200)
    }
    expect(total).toBeLessThan(160_000)
    const folder = await readdir(new URL('../../../adapters/web/page/', import.meta.url))
    expect(site.size).toBe(folder.length + 1)
  })

  it('name each other relatively, so that they know nothing of their folder', async () => {
    for (const [path, { body }] of await loadSite()) {
      if (path === '/preact.js' || path.endsWith('.svg')) continue
      expect([path, new TextDecoder().decode(body)]).toEqual([
        path,
        expect.not.stringMatching(/(from |src=|href=|url\(|": ?|fetch\()["'`]\/[\w.`'"$]/),
      ])
    }
  })

  it('never turn a string into markup', async () => {
    for (const [path, { body }] of await loadSite()) {
      if (path === '/preact.js' || !path.endsWith('.js')) continue
      expect(new TextDecoder().decode(body)).not.toMatch(/innerHTML|insertAdjacent|document\.write/)
    }
  })

  it('have the same words in both languages', async () => {
    const url = new URL('../../../adapters/web/page/words.js', import.meta.url)
    const { wordsIn } = await import(url.href)
    expect(wordsIn('zh')).not.toBe(wordsIn('en'))
    const plain = (table: object): unknown =>
      Object.entries(table).map(([name, value]) => [
        name,
        typeof value === 'object' ? plain(value) : typeof value,
      ])
    expect(plain(wordsIn('zh'))).toEqual(plain(wordsIn('en')))
  })

  it('are a closed list', async () => {
    for (const path of ['/../hub.ts', '/hub.ts', '/%2e%2e/hub.ts', '/page/app.js', '/app.js/']) {
      expect((await fetch(running.home + path)).status).toBe(404)
    }
  })
})
