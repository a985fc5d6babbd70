import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintPortalId, type RoomId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { friend, noMedia } from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { synapseUnavailable } from './synapse-install.ts'

const unavailable = synapseUnavailable()
const why = unavailable ? ` (skipped: ${unavailable})` : ''

describe.skipIf(unavailable !== undefined)(`a Synapse that is killed${why}`, () => {
  const never = new AbortController().signal
  let harness: MatrixHarness
  let inbox: Inbox
  let room: RoomId

  beforeAll(async () => {
    harness = await matrixHarness()
    inbox = new Inbox()
    await harness.start(inbox)
    room = await harness.hub.ensureRoom(mintPortalId(Math.random), friend('Ann'), noMedia, never)
    await harness.alice.join(room)
    await harness.alice.say(room, 'before')
    await inbox.text('before')
  })
  afterAll(() => harness?.drop())

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const arrive = (words: readonly string[], ms: number) =>
    until(
      () => words.every((one) => inbox.texts(one).length > 0),
      () => `all of ${words.join(', ')}; there is ${words.filter((one) => inbox.texts(one)[0])}`,
      ms,
    )

  it('loses nothing that it took, however soon after, and keeps it in order', async () => {
    const { alice, synapse } = harness
    const all: string[] = []
    const delays = [0, 0, 0, 1, 2, 4, 8, 15, 30, 60, 120, 300]
    for (const [round, ms] of delays.entries()) {
      const words = [0, 1, 2].map((n) => `round ${round}, ${n};`)
      for (const one of words) await alice.say(room, one)
      await pause(ms)
      await synapse.stop()
      await synapse.start()
      words.push(`round ${round}, after;`)
      await alice.say(room, `round ${round}, after;`)
      await arrive(words, 5_000)
      all.push(...words)
    }
    for (const one of all) expect(inbox.texts(one)).toHaveLength(1)
    const heard = inbox.all.map((event) => (event.type === 'message' ? event.text : ''))
    expect(heard.filter((text) => text?.startsWith('round'))).toEqual(all)
  }, 240_000)

  it('loses nothing while the bridge is stopped, either', async () => {
    const { alice, synapse } = harness
    const words = [0, 1, 2].map((n) => `stopped ${n};`)
    await harness.stop()
    for (const one of words) await alice.say(room, one)
    await synapse.stop()
    await synapse.start()
    await harness.restart()
    await harness.start(inbox)
    await alice.say(room, 'later;')
    await arrive([...words, 'later;'], 5_000)
    const heard = inbox.all.map((event) => (event.type === 'message' ? event.text : ''))
    expect(heard.slice(-4)).toEqual([...words, 'later;'])
  }, 60_000)
})
