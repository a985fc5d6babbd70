import { join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { roomOfAddress } from '../../adapters/telegram/address.ts'
import { createTelegramHub } from '../../adapters/telegram/hub.ts'
import { createBridge } from '../../src/bridge/bridge.ts'
import type { Chat, Contact } from '../../src/core/chat.ts'
import { chatId, contactId, hubId, mintPortalId, weChatMessageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { until } from '../support/until.ts'
import { account } from './people.ts'
import { type Report, single } from './report.ts'
import { openAt } from './seed.ts'
import { instantWeChat, partsOf } from './sides.ts'
import type { Bench } from './stage.ts'

/** Both clocks run so much faster than the real one. */
const speed = 2
/** Most chats are linked to groups, the others have topics in the private chat, which share one allowance. */
const chats = 30
const topics = 3
const perMinute = 20
const minuteMs = 60_000
const hub = hubId('telegram')

/**
 * A burst over many chats against the Bot API's limits, which the simulator enforces. The peer is arithmetic: how long the
 * limits alone would make it take.
 */
export const telegram: Bench = async (stage): Promise<Report> => {
  const count = stage.quick ? 600 : 2_000
  const clock = fastClock()
  const sim = await startTelegram({ clock })
  const stopping = new AbortController()
  const database = await openAt(join(await stage.folder('telegram'), 'bridge.sqlite'), clock)
  try {
    const adapter = createTelegramHub(
      {
        id: hub,
        token: sim.token,
        apiRoot: sim.apiRoot,
        place: 'auto',
        rate: { perChatSecond: 1, perGroupMinute: perMinute, perSecond: 30 },
        voice: { language: 'en', timezone: 'UTC' },
      },
      { vault: database.vault('telegram'), clock, random: Math.random, log: quiet },
    )
    const mediaStore = await openFiles(join(await stage.folder('telegram-media'), 'media'))
    const weChat = instantWeChat(() => undefined)
    const parts = partsOf(database.store, mediaStore, database.vault('bridge'), [adapter])
    const bridge = createBridge({ ...parts, clock }, [{ id: 'main', connector: weChat }], 'bench')
    const running = bridge.run(stopping.signal)
    const owner = sim.user('Ann')
    const dm = await owner.starts((await adapter.claim)?.code)
    const home = roomOfAddress({ chat: String(dm) })
    await until(() => adapter.roleOf?.(String(owner.id), home) === 'owner', 'an owner')
    const sink = await weChat.sink
    const all = Array.from({ length: chats }, (_, n) => group(n))
    await sink.chats(all)
    for (const chat of all.slice(topics)) {
      const portal = await database.store.unit((unit) =>
        unit.portalOf(chat.id, hub, () => mintPortalId(Math.random)),
      )
      const to = await owner.makesGroup(chat.name)
      await adapter.places?.link(portal.id, roomOfAddress({ chat: String(to) }))
    }
    const queued = async () => (await database.archive.depth()).queued
    await until(async () => (await queued()) === 0, 'the welcome', 60_000)
    stage.say(`${count} messages in ${chats} chats`)

    const begun = clock.now()
    for (let n = 0; n < count; n++) {
      const message = said(n, clock.now())
      await sink.message(message, JSON.stringify(message))
    }
    await until(async () => (await queued()) === 0, 'all posts', 600_000)
    const took = clock.now() - begun
    stopping.abort(new Error('enough'))
    await running

    const { missing, disordered } = arrived(sim, owner, dm, count)
    const late = sim.floods.filter((at) => at > begun + minuteMs).length
    const allowed = shortest(count)
    return {
      about: `${count} messages at once over ${chats} chats, ${topics} of them topics of one private chat`,
      peer: 'what the limits allow',
      rows: [
        single('seconds it took', '', took / 1_000),
        single('seconds the limits make it take', '', allowed / 1_000),
        single('allowed rate left unused, per cent', '', 100 * (1 - allowed / took), 10 / 1.1),
        single('refused with 429 in the first minute', '', sim.floods.length - late),
        single('refused with 429 after it', '', late, 0),
        single('did not arrive', '', missing, 0),
        single('out of order', '', disordered, 0),
      ],
    }
  } finally {
    stopping.abort(new Error('enough'))
    await sim.close()
    await database.close()
  }
}

const group = (n: number): Chat => ({
  id: chatId(`${account}/group${n}`),
  account,
  kind: 'group',
  name: `group ${n}`,
})

/** Two people take turns, so that nothing is posted together. */
function said(n: number, at: number): Message {
  const chat = group(n % chats)
  const who = Math.floor(n / chats) % 2
  const contact: Contact = { id: contactId(`${account}/member${who}`), name: `member ${who}` }
  return {
    id: weChatMessageId(account, `burst${n}`),
    aliases: [`burst${n}`],
    account,
    chat: chat.id,
    sender: { type: 'group', contact, nick: '' },
    at,
    mentionsMe: false,
    content: { kind: 'text', text: `number ${n}` },
  }
}

function arrived(sim: TelegramSim, owner: SimUser, dm: number, count: number) {
  const found = new Set<number>()
  let disordered = 0
  const places = new Set(
    sim.calls.flatMap(({ params }) =>
      params.chat_id === undefined ? [] : [Number(params.chat_id)],
    ),
  )
  for (const place of places) {
    const last = new Map<string, number>()
    for (const message of owner.sees(place)) {
      const n = Number(/number (\d+)$/.exec(message.text ?? '')?.[1] ?? Number.NaN)
      if (Number.isNaN(n)) continue
      const line = place === dm ? String(message.message_thread_id) : String(place)
      if (n < (last.get(line) ?? -1)) disordered++
      last.set(line, n)
      found.add(n)
    }
  }
  return { missing: count - found.size, disordered }
}

/** The least time that one a second in each chat and so many a minute in each group leave, in milliseconds. */
function shortest(count: number): number {
  const each = Math.ceil(count / chats)
  const inGroup = Math.floor((each - 1) / perMinute) * minuteMs + ((each - 1) % perMinute) * 1_000
  return Math.max(inGroup, (each * topics - 1) * 1_000)
}

function fastClock(): Clock {
  const begun = Date.now()
  const since = systemClock.steady()
  const steady = () => (systemClock.steady() - since) * speed
  return {
    now: () => Math.round(begun + steady()),
    steady,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  }
}

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields: object, text: string) =>
    console.error(`error: ${text} ${JSON.stringify(fields)}`),
}
