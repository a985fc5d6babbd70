import type { Result } from './result.ts'
import type { Actions, Sent } from './user.ts'

/**
 * itchat's `send`: `@fil@path`, `@img@path`, `@vid@path` send that file, `@msg@text` and everything else a text.
 *
 * NEVER give it what somebody else wrote: whoever writes `@fil@/etc/passwd` would get that file (trap 85). All
 * other functions of this library, replies included, send texts as they are.
 */
export function sendByPrefix(
  actions: Actions,
  message: string,
  to?: string,
  mediaId?: string,
): Promise<Result<Sent>> {
  const rest = message.slice(5)
  switch (message.slice(0, 5)) {
    case '@fil@':
      return actions.sendFile(rest, to, mediaId)
    case '@img@':
      return actions.sendImage(rest, to, mediaId)
    case '@vid@':
      return actions.sendVideo(rest, to, mediaId)
    case '@msg@':
      return actions.sendText(rest, to)
    default:
      return actions.sendText(message, to)
  }
}
