import { describe, expect, it } from 'vitest'
import { createIntake } from '../../../adapters/telegram/intake.ts'
import { poll } from '../../../adapters/telegram/poll.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { clientOf } from '../../support/telegram-calls.ts'
import { plainly, polling } from '../../support/telegram-polling.ts'
import { fails, ok, startWire } from '../../support/telegram-wire.ts'
import { until } from '../../support/until.ts'

describe('asking something that is not quite Telegram', () => {
  const update = (update_id: number, text: string) => ({
    update_id,
    message: { message_id: update_id, chat: { id: 1 }, text },
  })

  it('gets over garbage', async () => {
    const garbage = [
      '<html>',
      '',
      'null',
      '[]',
      '{"ok":true}',
      '{"ok":true,"result":{}}',
      '{"ok":true,"result":[null]}',
      '{"ok":true,"result":[{"update_id":"1"}]}',
      '{"ok":false}',
      '{"ok":false,"error_code":"x"}',
    ]
    let times = 0
    const wire = await startWire((response) => {
      const next = garbage[times++]
      if (next !== undefined) return void response.end(next)
      if (times === garbage.length + 1) return ok([update(5, 'hello')])(response)
    })
    const running = polling(wire.origin)
    await until(() => running.texts.length === 1, 'the text')
    await running.stop()
    await wire.close()
  })

  it('does not ask without a pause where nobody holds the question open', async () => {
    const wire = await startWire(ok([]))
    const running = polling(wire.origin)
    await until(() => wire.asked.length >= 5, 'some questions')
    const before = wire.asked.length
    await realClock.sleep(150, new AbortController().signal)
    // The pause of a second is 30 ms long here.
    expect(wire.asked.length - before).toBeLessThan(10)
    await running.stop()
    await wire.close()
  })

  it('takes updates whose numbers have begun anew', async () => {
    const lists = [[update(900, 'one')], [], [update(3, 'two'), update(4, 'three')]]
    let times = 0
    const wire = await startWire((response) => {
      const list = lists[times++]
      if (list) ok(list)(response)
    })
    const running = polling(wire.origin)
    await until(() => running.texts.length === 3 && times === 4, 'the texts')
    expect(wire.asked.map(({ json }) => json.offset)).toEqual([undefined, 901, 901, 5])
    await running.stop()
    await wire.close()
  })

  it('waits as long as it is told to', async () => {
    const wire = await startWire(fails(429, 'Too Many Requests', { retry_after: 3600 }))
    const slept: number[] = []
    const stopping = new AbortController()
    const watching = {
      ...realClock,
      sleep: async (ms: number, signal: AbortSignal) => {
        slept.push(ms)
        await realClock.sleep(Math.min(ms, 30_000), signal)
      },
    }
    const api = clientOf(wire.origin)
    const ports = { clock: watching, random: Math.random, log: memoryLog() }
    const take = createIntake(ports, plainly, { event: async () => {} }, stopping.signal)
    const running = poll({ ...ports, api, trace: () => {}, seconds: 5 }, take, stopping.signal)
    await until(() => slept.length, 'a pause')
    expect(slept).toEqual([3_600_000])
    stopping.abort()
    await running
    await wire.close()
  })
})
