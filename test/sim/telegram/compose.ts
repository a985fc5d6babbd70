import { randomBytes } from 'node:crypto'
import { createDispatch, type Handler } from './dispatch.ts'
import { createFaults } from './faults.ts'
import { createLimits } from './limits.ts'
import type { Call } from './method.ts'
import { text } from './params.ts'
import { createPolling } from './polling.ts'
import type { World, WorldPorts } from './seam.ts'
import type { SimClock, SimOptions, TelegramSim } from './sim.ts'
import { createTranscript } from './transcript.ts'
import { createTransport } from './transport.ts'
import { createUpdates } from './updates.ts'
import { createWebhook } from './webhook.ts'
import type { Delivery } from './webhook-delivery.ts'

const bot = { id: 7_123_456_789, username: 'wechat_sim_bot', name: 'WeChat' }
const realClock: SimClock = { now: () => Date.now() }
/** Bodies: 50 MB of files and what is around them; a local server takes 2000 MB. */
const mb = 1 << 20

/** A Bot API around a world. It answers once this resolves. */
export async function composeTelegram(
  options: SimOptions,
  createWorld: (ports: WorldPorts) => World,
): Promise<TelegramSim> {
  const clock = options.clock ?? realClock
  const token = `${bot.id}:AA${randomBytes(24).toString('base64url')}`
  const updates = createUpdates(clock)
  const faults = createFaults()
  const transcript = createTranscript(clock)
  const world = createWorld({ clock, options, token, bot, push: updates.push })
  const webhook = createWebhook({
    clock,
    updates,
    endPolling: (why) => polling.end(why),
    reply: (delivery) => void obey(delivery),
  })
  const polling = createPolling(updates, () => webhook.isSet)
  const handlers = new Map<string, Handler>([
    ...Object.entries(world.methods),
    ['getUpdates', polling.getUpdates],
    ['setWebhook', webhook.setWebhook],
    ['deleteWebhook', webhook.deleteWebhook],
    ['getWebhookInfo', webhook.getWebhookInfo],
    ['logOut', () => true],
    ['close', () => true],
  ])
  const limits =
    options.limits === false ? undefined : createLimits(clock, (id) => world.chat?.(id))
  const dispatch = createDispatch({ handlers, limits, transcript })
  const isLocal = options.filesDir !== undefined
  const transport = createTransport({
    token,
    dispatch,
    faults,
    // A local server gives paths of its disk instead.
    file: (path) => (isLocal ? undefined : world.file(path)),
    most: (isLocal ? 2000 : 50) * mb + mb,
  })
  const down = async () => {
    webhook.pause()
    await transport.close()
  }
  const up = async () => {
    await transport.open()
    webhook.resume()
  }
  await up()

  return {
    apiRoot: transport.origin,
    token,
    bot,
    calls: transcript.calls,
    floods: transcript.floods,
    user: (name, how) => world.user(name, how),
    fails: faults.add,
    repeats: updates.repeat,
    updates: updates.all,
    get waiting() {
      return updates.pending().length
    },
    setPrivateTopics: (on) => world.setPrivateTopics(on),
    down,
    up,
    close: down,
  }

  /** A call that came in the answer to an update: nobody hears what became of it. */
  async function obey({ asks }: Delivery): Promise<void> {
    const name = asks && text({ method: '', ...asks }, 'method')
    const method = name === undefined ? undefined : dispatch.resolve(name)
    // Not those that change how updates come, and none that only ask.
    if (!asks || !method || /^(get|(set|delete)Webhook$|close$|logOut$)/.test(method)) return
    const { method: _, ...params } = asks.params
    const call: Call = { method, params, files: asks.files }
    await dispatch.run(call, faults.take(method), new AbortController().signal)
  }
}
