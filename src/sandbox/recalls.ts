import { byBase } from './admit.ts'
import { type Answer, bodyOf, type Call, ret } from './http.ts'
import type { Who } from './sandbox.ts'
import type { State } from './state.ts'

/** `webwxrevokemsg`: within 120 s of the owner's own messages; the echo comes as 10002 (protocol §7.7). */
export function revoke(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const message = state.world.messages.get(String(body?.SvrMsgId ?? ''))
  const chat = session.whoOf(body?.ToUserName)
  if (!body?.ClientMsgId || message?.from !== 'me' || message.chat !== chat)
    return ret(1, '参数错误')
  if (message.recalled) return ret(0)
  if (state.options.now() - message.at > RECALL_MS)
    return ret(1, '发送时间超过2分钟的消息，不能被撤回。')
  recallBy(state, message.id, 'me')
  return ret(0)
}

/** Takes a message back and lets everyone know. Resolves with the MsgId of the notice. */
export function recallBy(state: State, id: string, by: Who): string {
  const message = state.world.message(id)
  message.recalled = true
  const delivered = state.delivered.find((candidate) => candidate.id === id)
  if (delivered) delivered.recalled = true
  return state.world.tell(message.chat, by, { kind: 'recall', of: message, by }).id
}

const RECALL_MS = 120_000
