import type { Chat, Contact } from '../core/chat.ts'
import type { AccountId, Key } from '../core/ids.ts'
import type { MediaRef, Message } from '../core/message.ts'
import type { OfflineReason } from '../core/notice.ts'
import type { ConnectorFeatures, Send } from '../core/post.ts'
import type { Opened, Outlet, Receipt } from './outlet.ts'

/** Where a login stands. `qr` is the text to show as a QR code. `avatar` is a data: URL of a picture. */
export type Login =
  | { readonly state: 'scan'; readonly qr: string; readonly attempt: number }
  | { readonly state: 'scanned'; readonly avatar?: string }
  | { readonly state: 'online'; readonly account: AccountId; readonly me: Contact }
  | {
      readonly state: 'offline'
      readonly reason: OfflineReason
      readonly detail?: string
      /** True: a person can log in again. False: trying will not help until something else changes. */
      readonly relogin: boolean
    }

/** Where a connector tells its facts. Each call resolves once its fact is durable, and rejects if it is not. */
export interface WeChatSink {
  login(login: Login): Promise<void>
  /** Chats, new or changed. A chat is told here before any message of it. */
  chats(chats: readonly Chat[]): Promise<void>
  /** `raw` is the event as received, for the inbox. A repeat of the same message is accepted and ignored. */
  message(message: Message, raw: string): Promise<void>
  /** Our own send was seen coming back, although its answer was never seen: it was delivered. */
  echo(key: Key, receipt: Receipt): Promise<void>
}

/** A send the pump has prepared: a recall carries what WeChat called the message (the receipt of its send). */
export interface ChatSend extends Send {
  readonly recalls?: Receipt
}

/** The code that speaks to WeChat. One connector runs one account at a time. */
export interface WeChatConnector extends Outlet<ChatSend> {
  readonly features: ConnectorFeatures
  /**
   * Log in (resuming a live session where there is one), stay online, tell everything to the sink, until the
   * signal aborts. After a kick or a logout it goes offline and waits for `login`; it never logs in again by
   * itself. Resolves when stopped; rejects only on a fault that makes running pointless (bad config).
   */
  run(sink: WeChatSink, signal: AbortSignal): Promise<void>
  /** Begin a login, if offline. False: there is nothing to begin, one is online or under way. */
  login(): boolean
  /** End the session on WeChat's side and forget it. False: there was none. */
  logout(signal: AbortSignal): Promise<boolean>
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
}
