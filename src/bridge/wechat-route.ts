import { management } from '../core/chat.ts'
import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { AccountId } from '../core/ids.ts'
import { sendKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Notice } from '../core/notice.ts'
import type { Job, Send } from '../core/post.ts'
import { isFromWeChat } from '../core/recall.ts'
import type { Open, Outlet, Receipt } from '../ports/outlet.ts'
import type { Item, Unit } from '../ports/store.ts'
import type { ChatSend, WeChatConnector } from '../ports/wechat.ts'
import type { Doors } from './doors.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Quotas } from './quotas.ts'
import type { Route } from './route.ts'

const hour = 3_600_000
const minute = 60_000

type Routing = Pick<Doors, 'of' | 'since' | 'loginOf'>

/**
 * The lane of an account, through whichever door is its own: a recall gets what WeChat called the message it takes back.
 */
export function weChatRoute(
  parts: Parts,
  account: AccountId,
  doors: Routing,
  open: Open,
  settled?: (item: Item) => void,
  quotas?: Pick<Quotas, 'spend' | 'exhausted'>,
): Route<ChatSend> {
  return {
    ...(settled && { settled }),
    outlet: outletOf(account, doors, quotas),
    open,
    onUncertain: 'ask',
    giveUpMs: hour,
    stuckMs: 5 * minute,
    echoMs: parts.echoMs ?? 30_000,

    async address(job) {
      const send = job as Send
      if (send.body.kind !== 'recall') return send
      const { target, part } = send.body
      const recalls = await parts.store.unit(async (unit) => {
        return (await unit.sentReceipt(target, part)) ?? fromPhone(await unit.message(target))
      })
      if (recalls) return { ...send, recalls }
      const failure = { code: 'gone', heal: 'never', certain: true, reason: 'noId' } as const
      throw new BridgeError('WeChat gave the bridge no id for it. Recall it on the phone', failure)
    },

    check: (job) => {
      try {
        doorOf(account, doors).check?.(job)
      } catch (error) {
        if (isQuota(error)) quotas?.exhausted(job.chat)
        throw error
      }
    },

    async bury(unit, item, error) {
      const { body } = item.job as Send
      // It never went out, after all, and now never will: there is nothing that others could see.
      if (body.kind === 'recall' && (await unit.withdraw(sendKey(body.target, body.part)))) {
        return void (await unit.withdraw(item.job.key))
      }
      const message = await aboutWhat(unit, item)
      const chat = message && (await unit.chat(message.chat))
      const { code, certain, reason, said } = error.failure
      const exactly = { ...(reason && { reason }), ...(said && { said }) }
      const detail = error.message
      const notice: Notice = isRecall(item.job)
        ? { type: 'notRecalled', code, certain, detail, ...exactly }
        : { type: 'notSent', code, certain, detail, ...exactly, seq: String(item.seq) }
      await say(parts, unit, chat ?? management, notice, `${item.job.key}/${item.seq}`, message)
    },
  }
}

/** What another door sent, this one knows nothing of: that it does not find it says nothing. */
function outletOf(
  account: AccountId,
  doors: Routing,
  quotas: Pick<Quotas, 'spend' | 'exhausted'> | undefined,
): Outlet<ChatSend> {
  const now = () => doors.of(account).connector
  const { rate, stuckMs } = now()
  return {
    rate,
    ...(stuckMs !== undefined && { stuckMs }),
    bucket: (job) => now().bucket(job),
    async send(job, open, signal) {
      const door = doorOf(account, doors)
      const unspend = quotas?.spend(job.chat)
      try {
        return await door.send(job, open, signal)
      } catch (error) {
        if (toBridgeError(error).failure.certain) unspend?.()
        if (isQuota(error)) quotas?.exhausted(job.chat)
        throw error
      }
    },
    async find(job, since, signal) {
      return since <= doors.since(account) ? 'unknown' : now().find(job, since, signal)
    },
  }
}

const isQuota = (error: unknown): boolean => toBridgeError(error).failure.reason === 'quota'

/** Somebody else may be logged in there by now: who has written nothing of this, and could be sent it as theirs. */
function doorOf(account: AccountId, doors: Routing): WeChatConnector {
  const login = doors.loginOf(account)
  if (login.state !== 'online' || login.account === account) return doors.of(account).connector
  throw new BridgeError('Another account is logged in there now. It was not sent.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}

/** What one wrote on the phone has no receipt of ours, but WeChat's own id. */
function fromPhone(message: Message | undefined): Receipt | undefined {
  const [alias] = message?.aliases ?? []
  if (!message || alias === undefined || !isFromWeChat(message)) return undefined
  return { ids: [alias], at: message.at }
}

const isRecall = (job: Job) => job.type === 'send' && job.body.kind === 'recall'

/** The person's own message that the item is about. */
function aboutWhat(unit: Unit, { job }: Item<Job>): Promise<Message | undefined> {
  const recall = job.type === 'send' && job.body.kind === 'recall' ? job.body.target : undefined
  return unit.message(recall ?? job.message)
}
