import { metricsTable } from '../../adapters/telemetry/metrics.ts'

interface Alert {
  readonly metric: string
  /** PromQL. */
  readonly when: string
  readonly why: string
}

/** What a person wants to be woken up for. */
export const alerts: readonly Alert[] = [
  {
    metric: 'bridge_outbox_oldest_seconds',
    when: 'bridge_outbox_oldest_seconds > 900',
    why: 'Something has waited for a quarter of an hour: the other side is away, a room is shut, or a pace is too slow. If you take one, take this one.',
  },
  {
    metric: 'bridge_account_state',
    when: 'bridge_account_state == 0',
    why: 'An account is offline. For ten minutes or more it is no short break: look at the login.',
  },
  {
    metric: 'bridge_dead_letters',
    when: 'bridge_dead_letters > 0',
    why: 'Deliveries wait for your word: `!wx queue`, or the page.',
  },
  {
    metric: 'bridge_dead_total',
    when: 'increase(bridge_dead_total[1h]) > 5',
    why: 'Many deliveries were given up within an hour; the code says of what kind the failure was.',
  },
  {
    metric: 'bridge_lease_epoch',
    when: 'increase(bridge_lease_epoch[1h]) > 5',
    why: 'The bridge starts again and again, or two processes take the same work from each other.',
  },
  {
    metric: 'bridge_media_bytes',
    when: 'bridge_media_bytes > 0.9 * 10737418240',
    why: 'Kept media is near `retention.mediaBytes` (here the default): the oldest goes soon.',
  },
]

/** `docs/metrics.md`. Throws when an alert is on a metric that is not there. */
export function metrics(): string {
  const names = new Set(metricsTable.map(({ name }) => name))
  for (const { metric, when } of alerts) {
    if (!names.has(metric) || !when.includes(metric)) {
      throw new Error(`scripts/references/metrics.ts: there is no metric ${metric} in "${when}".`)
    }
  }
  const rows = metricsTable.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((each) => `\`${each}\``).join(', ') || '—'} | ${cell(help)} |`,
  )
  const buckets = metricsTable.flatMap(({ name, buckets: ends }) =>
    ends ? [`Buckets of \`${name}\`, in seconds: ${ends.join(', ')}.`, ''] : [],
  )
  return [
    '# Metrics',
    '',
    'What `/metrics` tells, in the format of Prometheus ([configuration.md](configuration.md) says how it is opened). A label never',
    'holds the name, the id or a word of a person or a chat: only words of the bridge, and the names of hubs and accounts as the',
    'configuration has them.',
    '',
    '| metric | type | labels | what it means |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...buckets,
    '## What to alert on',
    '',
    '| when | why |',
    '| --- | --- |',
    ...alerts.map(({ when, why }) => `| \`${when}\` | ${cell(why)} |`),
    '',
    'Let each of them hold for some minutes (`for: 10m`) before it wakes anybody: a restart of the other side is no trouble.',
    '',
  ].join('\n')
}

const cell = (text: string): string => text.replace(/\|/g, '\\|')
