import type { Message } from '@grammyjs/types'
import type { TelegramWorld } from './telegram-world.ts'
import { type Spot, saidAt } from './telegram-world-seen.ts'
import { until } from './until.ts'

/** What people and groups of the sandbox are called in Telegram. */
export const people = {
  hikers: '周末爬山队⛰️',
  lin: '林小满🌿',
  /** In the hikers' group. */
  wu: '吴领队',
  zhou: '老周（木工）',
} as const

/** Where chats are, and how a person brings them there. */
export interface Layout {
  readonly name: string
  readonly privateTopics: boolean
  /** All chats are in one, under their names. */
  readonly isFlat?: true
  /** Before anything is said. */
  begin?(world: TelegramWorld): Promise<void>
  /** `by`: the command a person begins with, where there is something to do. */
  place(world: TelegramWorld, name: string, by: 'chats' | 'link'): Promise<Spot>
}

const home = '微信话题'

export const layouts: readonly Layout[] = [
  {
    name: 'topics of the private chat',
    privateTopics: true,
    place: (world, name) => begun(world, world.topic(name)),
  },
  {
    name: 'groups of their own',
    privateTopics: true,
    async place(world, name, by) {
      const topic = await begun(world, world.topic(name))
      return by === 'link' ? linkedFrom(world, topic, name) : linkedByButtons(world, name)
    },
  },
  {
    name: 'topics of a group',
    privateTopics: false,
    async begin({ ann, saying }) {
      const chat = await ann.makesGroup(home, { type: 'forum' })
      await ann.says(chat, '/link all')
      await saying({ chat }, /^Done\. Chats without a group of their own get their topics in/)
    },
    place: async (world, name) => begun(world, world.topic(name, await homeOf(world))),
  },
  {
    name: 'the private chat itself',
    privateTopics: false,
    isFlat: true,
    async place(world, name) {
      await world.saying(world.management, new RegExp(`^${name}`))
      return world.management
    },
  },
]

/** Once the first message is there. */
async function begun(world: TelegramWorld, found: Promise<Spot>): Promise<Spot> {
  const spot = await found
  await world.saying(spot, /first$/)
  return spot
}

/** `/link` in the topic of a chat. */
export async function linkedFrom(world: TelegramWorld, topic: Spot, title: string): Promise<Spot> {
  const { ann } = world
  const asked = await ann.says(topic.chat, '/link', topic)
  const invitation = await until(
    () =>
      saidAt(ann, topic).find(
        ({ message_id: id, text = '' }) =>
          id > asked.message_id && text.startsWith('Open this and pick a group'),
      ),
    'the invitation',
  )
  return follows(world, invitation, title)
}

/** By the list of chats. */
async function linkedByButtons(world: TelegramWorld, name: string): Promise<Spot> {
  const { ann, management } = world
  await opensByButtons(world, name)
  const opened = await world.saying(management, /is a topic in the private chat/)
  await ann.taps(ann.id, opened.message_id, 'Link to a group…')
  return follows(world, await world.saying(management, /^Open this and pick/), name)
}

/** Picks a chat in the list of chats. */
export async function opensByButtons(world: TelegramWorld, name: string): Promise<void> {
  const { ann, management } = world
  const asked = await ann.says(ann.id, '/chats')
  const list = await until(
    () =>
      saidAt(ann, management).find(
        ({ message_id: id, text = '' }) => id > asked.message_id && text.startsWith('Chats'),
      ),
    'the list of chats',
  )
  await ann.taps(ann.id, list.message_id, name)
}

/** Where all chats are in one: the line to be answered by whoever wants to begin to write in a chat. */
export async function opens(world: TelegramWorld, name: string): Promise<number> {
  const { ann, management } = world
  const before = saidAt(ann, management).at(-1)?.message_id ?? 0
  await opensByButtons(world, name)
  const line = await until(
    () =>
      saidAt(ann, management).find(
        ({ message_id: id, text = '' }) => id > before && text.startsWith(`${name} · `),
      ),
    'the line to be answered',
  )
  return line.message_id
}

/** The group that a person makes by following the invitation under a message. */
export async function follows(
  world: TelegramWorld,
  message: Message,
  title: string,
): Promise<Spot> {
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const [url] = buttons.flatMap((button) => ('url' in button ? [button.url] : []))
  const payload = /[?&]startgroup=(\w+)/.exec(url ?? '')?.[1]
  if (!payload) throw new Error(`There is no invitation in ${JSON.stringify(buttons)}.`)
  const chat = await world.ann.makesGroup(title, { payload })
  await world.saying({ chat }, /^This group now shows the WeChat chat/)
  return { chat }
}

async function homeOf({ sim }: TelegramWorld): Promise<number> {
  const made = await until(
    () => sim.calls.find(({ method, ok }) => method === 'createForumTopic' && ok),
    'a topic',
  )
  return Number(made.params.chat_id)
}
