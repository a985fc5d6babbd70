/** How the bridge is, for machines that watch it. */
export interface Health {
  /** The loop turns and the store answers. */
  readonly ok: boolean
  /** All parts are up. */
  readonly ready: boolean
  /** What it is not ready for, by part: words of ours, which anybody may read. Absent: nothing. */
  readonly waits?: Readonly<Record<string, string>>
}

/** What is read when somebody asks, and not counted as it happens. Nothing in it names a person or a chat. */
export interface Readings {
  /** By the name of the lane, as {@link Meter} is told it. */
  readonly lanes: readonly LaneReading[]
  readonly accounts: readonly AccountReading[]
  /** Deliveries that wait for a person's word. */
  readonly letters: number
  /** Bytes of all kept media. Absent: they are not counted yet. */
  readonly mediaBytes?: number
}

export interface LaneReading {
  readonly lane: string
  /** Deliveries that wait or are under way. */
  readonly depth: number
  /** How long the oldest of them has been there, in milliseconds. 0: there is none. */
  readonly oldestMs: number
  /** Of the lease by which this process runs the lane. Absent: it does not run it. */
  readonly epoch?: number
}

export interface AccountReading {
  /** The name of its door, as configured. */
  readonly account: string
  readonly state: 'offline' | 'scan' | 'scanned' | 'online'
}
