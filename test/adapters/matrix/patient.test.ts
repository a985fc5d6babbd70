import { describe, expect, it } from 'vitest'
import { createPatient, waitOf } from '../../../adapters/matrix/patient.ts'
import { BridgeError, type Failure } from '../../../src/core/errors.ts'
import { memoryLog, realClock } from '../../support/ports.ts'

const never = new AbortController().signal
const failure = (code: Failure['code'], more: Partial<Failure> = {}) =>
  new BridgeError('no', { code, heal: 'retry', certain: true, ...more })
const call = { what: 'do it' }

/** Fails with each of these, then answers. */
const failing = (errors: readonly Error[]) => {
  const slept: number[] = []
  let tries = 0
  const clock = {
    ...realClock,
    async sleep(ms: number, signal: AbortSignal) {
      slept.push(ms)
      return realClock.sleep(1, signal)
    },
  }
  const caller = {
    async call() {
      const error = errors[tries++]
      if (error) throw error
      return { done: true }
    },
  }
  const patient = createPatient(caller, { clock, random: () => 0, log: memoryLog() })
  return { patient, slept, tries: () => tries }
}

describe('a patient caller', () => {
  it('waits what it is told, and a little longer each time where nobody says', async () => {
    const { patient, slept } = failing([
      failure('rate', { heal: 'wait', afterMs: 4_321 }),
      failure('network'),
      failure('timeout'),
      failure('server', { afterMs: 7_000 }),
    ])
    expect(await patient.call(call, never)).toEqual({ done: true })
    expect(slept).toEqual([4_321, 500, 1_000, 7_000])
  })

  it('never waits much longer than it has to', () => {
    expect(waitOf(failure('network'), 500, () => 0.999)).toBeLessThanOrEqual(10_000)
    expect(waitOf(failure('rate', { afterMs: 1e12 }), 0, () => 0)).toBeLessThanOrEqual(15 * 60_000)
  })

  it.each(['refused', 'gone', 'format', 'config', 'tooLarge', 'bug'] as const)(
    'gives up at once on %s, which no waiting cures',
    async (code) => {
      const { patient, tries } = failing([failure(code, { heal: 'never' })])
      await expect(patient.call(call, never)).rejects.toMatchObject({ failure: { code } })
      expect(tries()).toBe(1)
    },
  )

  it('gives up when it is to stop, with the error that made it wait', async () => {
    const stop = new AbortController()
    const caller = {
      async call() {
        setTimeout(() => stop.abort(new Error('stopping')), 5)
        throw failure('network')
      },
    }
    const ports = { clock: realClock, random: () => 0.5, log: memoryLog() }
    const asked = createPatient(caller, ports).call(call, stop.signal)
    await expect(asked).rejects.toMatchObject({ failure: { code: 'network' } })
  })
})
