import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { lastUpdate, worldStage } from './world-stage.ts'

const text = 'a'

describe('privacy mode', () => {
  const said = [
    ['anything', false],
    ['/help', true],
    ['do /help@wechat_sim_bot', true],
    ['/help@other_bot', false],
    ['hi @Wechat_Sim_Bot', true],
    ['hi @other_bot', false],
  ] as const

  it.each(said)('lets the bot hear "%s": %s', async (words, isHeard) => {
    const { sim, ann } = await worldStage({ readsGroups: false })
    const chat = await ann.makesGroup('G', { admin: false })
    const before = sim.updates.length
    await ann.says(chat, words)
    expect(sim.updates.length > before).toBe(isHeard)
  })

  it('lets it hear answers to it, and what happens, and everything once it is an administrator', async () => {
    const { sim, ann, ok } = await worldStage({ readsGroups: false })
    expect(await ok('getMe')).toMatchObject({ can_read_all_group_messages: false })
    const chat = await ann.makesGroup('G', { admin: false })
    const { message_id } = await ok<Message>('sendMessage', { chat_id: chat, text })
    const heard = async (act: () => Promise<unknown>) => {
      const before = sim.updates.length
      await act()
      return sim.updates.length > before
    }
    expect(await heard(() => ann.says(chat, 'b', { replyTo: message_id }))).toBe(true)
    expect(await heard(() => sim.user('Bob').joins(chat))).toBe(true)
    expect(await heard(() => ann.says(chat, 'b'))).toBe(false)
    await ann.promotesBot(chat, ['can_pin_messages'])
    expect(await heard(() => ann.says(chat, 'b'))).toBe(true)
  })

  it('lets it hear who means it by a link on their words', async () => {
    const { sim, ann } = await worldStage({ readsGroups: false })
    const chat = await ann.makesGroup('G', { admin: false })
    const user = { id: sim.bot.id, is_bot: true, first_name: 'B' }
    const mention = { type: 'text_mention', offset: 0, length: 2 } as const
    const before = sim.updates.length
    await ann.says(chat, 'it', { entities: [{ ...mention, user: { ...user, id: ann.id } }] })
    expect(sim.updates).toHaveLength(before)
    await ann.says(chat, 'it', { entities: [{ ...mention, user }] })
    expect(sim.updates).toHaveLength(before + 1)
  })

  it('is off by default', async () => {
    const { sim, ann } = await worldStage()
    const chat = await ann.makesGroup('G', { admin: false })
    const message = await ann.says(chat, 'anything')
    expect(lastUpdate(sim)).toEqual({ message })
  })
})
