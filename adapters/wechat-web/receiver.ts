import { BridgeError } from '../../src/core/errors.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import type { Live } from './live.ts'
import { lastingOf } from './people.ts'

/** The UserName the lasting chat has in this login. The chat with oneself is the file helper's (trap 81). */
export function receiverOf(live: Live, job: ChatSend): string {
  if (!live.online) throw offline()
  const id = lastingOf(job.chat, live.people.account)
  const to = id === undefined ? undefined : live.people.userName(id)
  if (to !== undefined) return to
  const why =
    id === undefined
      ? 'it belongs to another WeChat account than the one logged in'
      : 'this chat is not known in the present login'
  throw gone(why)
}

/**
 * An upload takes long: by its end the login may be over, or the chat may have turned out to be somebody else.
 * Nothing goes out to whom it was not meant for.
 */
export function stillFor(live: Live, job: ChatSend, to: string): void {
  if (receiverOf(live, job) !== to) throw gone('WeChat has shown meanwhile who is in this chat')
}

export function offline(): BridgeError {
  return new BridgeError('WeChat is not logged in. The message was not sent; it waits.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}

function gone(why: string): BridgeError {
  return new BridgeError(
    `The message was not sent: ${why}. It can be sent as soon as WeChat shows the chat again.`,
    { code: 'gone', heal: 'retry', certain: true },
  )
}
