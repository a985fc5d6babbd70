import { describe, expect, it } from 'vitest'
import { createBackground } from '../../../adapters/matrix/background.ts'
import { memoryLog } from '../../support/ports.ts'

describe('Work in the background', () => {
  const world = () => {
    const log = memoryLog()
    const background = createBackground(log)
    const stop = new AbortController()
    background.until(stop.signal)
    const done: string[] = []
    const warnings = () => log.lines.filter((line) => line.startsWith('warn'))
    return { background, stop, done, warnings }
  }

  it('of one name goes in its order, each after the end of the one before; others need not wait', async () => {
    const { background, done } = world()
    const first = Promise.withResolvers<void>()
    background.do('one', 'be first', async () => {
      await first.promise
      done.push('first')
    })
    background.do('one', 'be second', async () => done.push('second'))
    await new Promise<void>((resolve) => {
      background.do('two', 'be elsewhere', async () => {
        done.push('elsewhere')
        resolve()
      })
    })
    first.resolve()
    await background.idle()
    expect(done).toEqual(['elsewhere', 'first', 'second'])
  })

  it('that fails is said, and keeps nothing behind it', async () => {
    const { background, done, warnings } = world()
    background.do('one', 'paint it', async () => Promise.reject(new Error('no paint')))
    background.do('one', 'hang it', async () => done.push('hung'))
    await background.idle()
    expect(done).toEqual(['hung'])
    expect(warnings()).toEqual([expect.stringMatching(/Could not paint it\..*no paint/)])
  })

  it('ends with the bridge, without a word, and what comes after goes on with the next signal', async () => {
    const { background, stop, done, warnings } = world()
    background.do('one', 'wait', async (signal) => {
      stop.abort(new Error('the bridge stops'))
      signal.throwIfAborted()
      done.push('waited')
    })
    background.do('one', 'come after', async () => done.push('after'))
    await background.idle()
    expect([done, warnings()]).toEqual([[], []])
    background.until(new AbortController().signal)
    background.do('one', 'begin again', async () => done.push('again'))
    await background.idle()
    expect(done).toEqual(['again'])
  })

  it('that brings more of it is waited for with it', async () => {
    const { background, done } = world()
    background.do('one', 'begin', async () => {
      background.do('two', 'go on', async () => done.push('on'))
    })
    await background.idle()
    expect(done).toEqual(['on'])
  })
})
