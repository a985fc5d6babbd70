import type { Generated, Kysely } from 'kysely'

/**
 * The tables (architecture §10). Content is JSON text (`data`, `job`, `ref`); what is searched is a column of its
 * own; times are integer milliseconds; ids are text.
 */
export interface Tables {
  readonly chat: ChatTable
  readonly inbox: InboxTable
  readonly message: MessageTable
  readonly alias: AliasTable
  readonly orphan: OrphanTable
  readonly portal: PortalTable
  readonly outbox: OutboxTable
  readonly tally: TallyTable
  readonly turn: TurnTable
  readonly receipt: ReceiptTable
  readonly media: MediaTable
  readonly lease: LeaseTable
  readonly secret: SecretTable
  readonly spent: SpentTable
  readonly setting: SettingTable
}

/** The one connection, within a transaction. */
export type Tx = Kysely<Tables>

/** `merged_into` is what it turned out to be in the end, never something merged itself; it is no chat any more. */
export interface ChatTable {
  id: string
  account: string
  kind: string
  data: string
  merged_into: string | null
  read_at: number | null
}

/** What was accepted: a repeat of the same id from the same source is refused by the primary key. */
export interface InboxTable {
  source: string
  id: string
  raw: string
  at: number
}

/** `speaker` is `myself`, `contact/<id>` or null (WeChat itself, the bridge). `data` is the whole message. */
export interface MessageTable {
  seq: Generated<number>
  id: string
  account: string
  chat: string
  kind: string
  speaker: string | null
  at: number
  about: string | null
  data: string
  /** When it was saved, in milliseconds by the bridge's clock; `at` is WeChat's. */
  arrived: Generated<number>
}

export interface AliasTable {
  account: string
  alias: string
  message: string
}

/** What a recall names of which nothing is known (yet). */
export interface OrphanTable {
  account: string
  alias: string
  message: string
}

export interface PortalTable {
  id: string
  hub: string
  chat: string
  room: string | null
}

export type State = 'queued' | 'sending' | 'sent' | 'dead' | 'unknown' | 'held'

/** A recall to WeChat is a send too, but it says nothing of the delivery of a message: hence its own purpose. */
export type Purpose = 'post' | 'send' | 'recall'

export interface OutboxTable {
  seq: Generated<number>
  key: string
  lane: string
  portal: string
  purpose: Purpose
  message: string
  state: State
  attempt: number
  since: number
  sending_since: number | null
  failure: string | null
  job: string
  /** Rises when the job is replaced while it waits. */
  revision: Generated<number>
  /** A fingerprint of the text of a send. */
  print: string | null
  /** The media the job carries. */
  media: string | null
}

/** Kept by triggers on `outbox`. `queued` is all that is still on its way, `open` what waits for a person's word. */
export interface TallyTable {
  lane: string
  sort: 'queued' | 'open'
  count: number
}

/**
 * One row per portal with unfinished work in a lane. `ready_at` is null while one of its items is being sent: that
 * alone keeps a second one from being claimed.
 */
export interface TurnTable {
  lane: string
  portal: string
  ready_at: number | null
}

/** One row per id the other side gave. `side` is `wechat` or `hub/<hub id>`. */
export interface ReceiptTable {
  seq: Generated<number>
  message: string
  part: number
  side: string
  id: string
  at: number
}

export interface MediaTable {
  id: string
  state: 'wanted' | 'kept' | 'missed'
  /** The MediaRef. Null for bytes that were kept without being asked for. */
  ref: string | null
  rank: number
  attempt: number
  at: number
  due: number
  reason: string | null
  bytes: number | null
  mime: string | null
  sha256: string | null
}

export interface LeaseTable {
  lane: string
  owner: string | null
  epoch: number
  until: number
}

export interface SecretTable {
  owner: string
  name: string
  sealed: string
}

/** Each try to send to WeChat that was begun: what the allowances are counted from. */
export interface SpentTable {
  lane: string
  at: number
  chat: string
  media: number
}

/** What a person chose for one chat. */
export interface SettingTable {
  chat: string
  name: string
  value: string
}
