/** One metric of `/metrics`. All that is said of it to people who read them stands here. */
export interface Metric {
  readonly name: string
  /** `counter`: grows while the bridge runs. `gauge`: as it is now. `histogram`: how long it took, in seconds. */
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What it means, in one sentence or two. */
  readonly help: string
  /** Words of ours, the names of hubs and of `wechat.doors`: never a name, an id or a word of a person or a chat. */
  readonly labels: readonly string[]
  /** Of a histogram: the upper ends of its buckets, in seconds. */
  readonly buckets?: readonly number[]
}

/** All metrics there are, by the names that the code calls them by. */
export const metrics = {
  inbox: {
    name: 'bridge_inbox_total',
    type: 'counter',
    labels: ['source', 'kind'],
    help: 'Messages and events taken in since the start, each once: from an account (wechat/NAME) or a hub, by what they are.',
  },
  depth: {
    name: 'bridge_outbox_depth',
    type: 'gauge',
    labels: ['lane'],
    help: 'Deliveries that wait or are under way, towards a hub or an account (wechat/NAME).',
  },
  oldest: {
    name: 'bridge_outbox_oldest_seconds',
    type: 'gauge',
    labels: ['lane'],
    help: 'How long the oldest of them has been waiting; 0 where none waits. The one to alert on.',
  },
  letters: {
    name: 'bridge_dead_letters',
    type: 'gauge',
    labels: [],
    help: 'Deliveries that were given up, may have arrived or were held back, and wait for the word of a person.',
  },
  send: {
    name: 'bridge_send_seconds',
    type: 'histogram',
    labels: ['lane', 'outcome'],
    help: 'How long the other side took for one try of a delivery: delivered, failed (surely not delivered) or unsure.',
    buckets: [0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  },
  dead: {
    name: 'bridge_dead_total',
    type: 'counter',
    labels: ['lane', 'code'],
    help: 'Deliveries given up since the start, surely lost or not, by the code of the failure.',
  },
  recalls: {
    name: 'bridge_recalls_total',
    type: 'counter',
    labels: ['found'],
    help: 'Recalls in WeChat since the start: yes where the bridge had what was recalled, no where it had not.',
  },
  account: {
    name: 'bridge_account_state',
    type: 'gauge',
    labels: ['account'],
    help: 'Where the login of each configured account stands: 3 online, 2 scanned, 1 waits for a scan, 0 offline.',
  },
  media: {
    name: 'bridge_media_bytes',
    type: 'gauge',
    labels: [],
    help: 'Bytes of pictures, voices, videos and files that are kept.',
  },
  epoch: {
    name: 'bridge_lease_epoch',
    type: 'gauge',
    labels: ['lane'],
    help: 'How often a lane that this process runs has had a new owner: it rises with each start, and each time the lane was lost.',
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory of the process that is in use.',
  },
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    labels: [],
    help: 'Time of processors that the process has used.',
  },
  started: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the process was started, in seconds since 1970.',
  },
} as const satisfies Readonly<Record<string, Metric>>

/** The same as a list, for who writes documents of them. */
export const metricsTable: readonly Metric[] = Object.values(metrics)
