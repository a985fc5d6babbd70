import type { WeChatConnector } from '../../../src/ports/wechat.ts'

/** What the bridge sent, as the receiver has it. `to` is a chat of the world. */
export interface Arrived {
  readonly to: 'friend' | 'group' | 'other'
  readonly text: string
  readonly bytes?: Uint8Array
  readonly recalled: boolean
}

/**
 * The people around one account, whatever stands behind them. There is one friend, and one group in which the
 * friend or somebody else speaks. Ids are the world's own: they need only name the message again.
 */
export interface ConnectorWorld {
  /** The phone scans the code that is shown, and confirms. Resolves when the world has it. */
  scan(): Promise<void>
  confirm(): Promise<void>
  friendSays(text: string): Promise<string>
  friendSendsPicture(bytes: Uint8Array): Promise<string>
  memberSays(text: string): Promise<string>
  /** Somebody new comes into the group, changes the nickname they have there, and leaves. */
  memberJoins(): Promise<void>
  memberIsCalled(nick: string): Promise<void>
  memberLeaves(): Promise<void>
  /** The owner, on the phone, to the friend. */
  phoneSays(text: string): Promise<string>
  /** Whoever said it takes it back. */
  recall(id: string): Promise<void>
  /** The same message is delivered a second time. */
  repeat(id: string): Promise<void>
  /** A message of a kind nobody has heard of, full of nonsense, from the friend. */
  nonsense(): Promise<void>
  /** The next answers to whatever is asked while online are garbage, errors and cut connections. */
  garbage(): Promise<void>
  kick(): Promise<void>
  /** Everything said so far was fetched by the connector. */
  settled(): Promise<void>
  arrived(): readonly Arrived[]
  /** How the friend and the group call themselves, as people see it. */
  readonly friend: string
  readonly group: string
  /** The name of whoever comes into the group. */
  readonly newcomer: string
  /** A picture of at least this many bytes that this WeChat accepts. */
  picture(bytes: number): { readonly bytes: Uint8Array; readonly mime: string }
}

export interface ConnectorHarness {
  readonly world: ConnectorWorld
  /** A connector over the same account and the same durable state: a second one is the first after a restart. */
  connector(): WeChatConnector
  close(): Promise<void>
}
