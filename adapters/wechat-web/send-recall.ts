import { BridgeError } from '../../src/core/errors.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import { toBridgeError } from './fault.ts'
import { type Sending, translate } from './send-call.ts'

/**
 * Takes a message of ours back (protocol §7.7). Its own ids say nothing to anyone, so the receipt names it by what
 * it did.
 */
export async function sendRecall(sending: Sending): Promise<Receipt> {
  const { parts, live, job, to, signal } = sending
  const { api, sent } = live
  const target = job.recalls?.ids.find((id) => /^\d{1,20}$/.test(id))
  if (target === undefined) {
    throw new BridgeError('It was not recalled: WeChat gave this message no id.', {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
  }
  await sent.recalling(target).catch((thrown: unknown) => {
    throw toBridgeError(thrown, 'message', { done: 'recalled', harmless: true })
  })
  const body = {
    SvrMsgId: target,
    ToUserName: to,
    ClientMsgId: sent.clientIdOf(target) ?? job.clientId,
  }
  try {
    await sent.during(job.clientId, () => {
      return api.post('webwxrevokemsg', api.query(), body, signal)
    })
    return { ids: [`recall/${target}`], at: parts.clock.now() }
  } catch (thrown) {
    const error = translate(sending, thrown, 'message', { done: 'recalled' })
    if (error.failure.certain) await sent.notRecalled(target)
    throw error
  }
}
