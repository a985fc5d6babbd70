import { expect, test } from 'vitest'
import { metricsTable } from '../../../adapters/telemetry/metrics.ts'
import { createPrometheus } from '../../../adapters/telemetry/prometheus.ts'
import type { Readings } from '../../../src/ports/health.ts'
import { realClock } from '../../support/ports.ts'

const readings: Readings = {
  lanes: [
    { lane: 'matrix', depth: 3, oldestMs: 1_500, epoch: 4 },
    { lane: 'wechat/main', depth: 0, oldestMs: 0 },
  ],
  accounts: [
    { account: 'main', state: 'online' },
    { account: 'work', state: 'scan' },
  ],
  letters: 2,
  mediaBytes: 1_234,
}

test('every metric has a name of its own, a sentence, and labels that no name of a person fits in', () => {
  const names = metricsTable.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, type, help, labels, buckets } of metricsTable) {
    expect(name).toMatch(/^(bridge|process)_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(help).toMatch(/\.$/)
    expect(['source', 'kind', 'lane', 'outcome', 'code', 'found', 'account']).toEqual(
      expect.arrayContaining([...labels]),
    )
    expect(buckets === undefined).toBe(type !== 'histogram')
  }
})

test('the text has each metric of the table, with its type and its sentence, and nothing else', async () => {
  const { meter, text, type } = createPrometheus(realClock)
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/)
  meter.accepted('wechat/main', 'text')
  meter.tried('matrix', 'delivered', 40)
  meter.buried('matrix', 'format')
  const said = await text(readings)
  const types = [...said.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
    ([, name, what]) => `${name} ${what}`,
  )
  expect(types.sort()).toEqual(metricsTable.map(({ name, type: what }) => `${name} ${what}`).sort())
  for (const { name, help } of metricsTable) expect(said).toContain(`# HELP ${name} ${help}\n`)
  for (const [, labels] of said.matchAll(/\{([^}]*)\}/g)) {
    expect(labels).toMatch(/^([a-z]+="[a-z0-9/.+]*",?)+$/i)
  }
})

test('what happens is counted, and what is read is as it was read last', async () => {
  const { meter, text } = createPrometheus(realClock)
  meter.accepted('wechat/main', 'text')
  meter.accepted('wechat/main', 'text')
  meter.accepted('matrix', 'image')
  meter.tried('matrix', 'delivered', 40)
  meter.tried('matrix', 'delivered', 700)
  meter.tried('wechat/main', 'unsure', 200_000)
  meter.buried('wechat/main', 'refused')
  meter.recalled(true)
  const said = await text(readings)
  for (const line of [
    'bridge_inbox_total{source="wechat/main",kind="text"} 2',
    'bridge_inbox_total{source="matrix",kind="image"} 1',
    'bridge_send_seconds_count{lane="matrix",outcome="delivered"} 2',
    'bridge_send_seconds_sum{lane="matrix",outcome="delivered"} 0.74',
    'bridge_send_seconds_bucket{le="0.1",lane="matrix",outcome="delivered"} 1',
    'bridge_send_seconds_bucket{le="300",lane="wechat/main",outcome="unsure"} 1',
    'bridge_dead_total{lane="wechat/main",code="refused"} 1',
    'bridge_recalls_total{found="yes"} 1',
    'bridge_recalls_total{found="no"} 0',
    'bridge_outbox_depth{lane="matrix"} 3',
    'bridge_outbox_oldest_seconds{lane="matrix"} 1.5',
    'bridge_outbox_oldest_seconds{lane="wechat/main"} 0',
    'bridge_lease_epoch{lane="matrix"} 4',
    'bridge_account_state{account="main"} 3',
    'bridge_account_state{account="work"} 1',
    'bridge_dead_letters 2',
    'bridge_media_bytes 1234',
  ]) {
    expect(said).toContain(`\n${line}\n`)
  }
  expect(said).not.toContain('bridge_lease_epoch{lane="wechat/main"}')

  const later = await text({ lanes: [], accounts: [], letters: 0 })
  for (const gone of ['bridge_outbox_depth{', 'bridge_account_state{', '\nbridge_media_bytes ']) {
    expect(later).not.toContain(gone)
  }
  expect(later).toContain('\nbridge_dead_letters 0\n')
  expect(later).toContain('\nbridge_inbox_total{source="matrix",kind="image"} 1\n')

  // A store that does not answer says nothing; what was counted stays, and so it is when it answers again.
  const silent = await text(undefined)
  expect(silent).not.toMatch(/^bridge_(dead_letters|media_bytes|outbox_depth)/m)
  expect(silent).toContain('\nbridge_recalls_total{found="yes"} 1\n')
  expect(await text(readings)).toContain('\nbridge_media_bytes 1234\n')
})

test('each has its own registry: two bridges in one process count apart', async () => {
  const one = createPrometheus(realClock)
  const two = createPrometheus(realClock)
  one.meter.recalled(false)
  expect(await one.text(undefined)).toContain('bridge_recalls_total{found="no"} 1')
  expect(await two.text(undefined)).toContain('bridge_recalls_total{found="no"} 0')
})
