import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Member } from '../../../src/core/chat.ts'
import type { Content } from '../../../src/core/message.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online } from './lab.ts'

describe('the members of groups', () => {
  let sandbox: Sandbox
  let desk: Desk

  beforeEach(async () => {
    sandbox = await startSandbox()
    desk = await online(sandbox, connectorTo(sandbox.origin, memoryVault()))
  })
  afterEach(async () => {
    await desk.stop()
    await sandbox.close()
  })

  const group = async () => (await desk.chat('周末爬山队⛰️')).id
  const members = async (): Promise<readonly Member[]> =>
    (await desk.connector.people?.members(await group())) ?? []
  const told = async (change: () => Promise<unknown>) => {
    const id = await group()
    const count = () => desk.rosters.filter((each) => each === id).length
    const before = count()
    await change()
    await until(() => count() > before, 'the group being told of')
  }

  test('are told with the nickname they have there, and without oneself and any remark', async () => {
    await until(async () => desk.rosters.includes(await group()), 'the group being told of')
    await sandbox.control.joinGroup('hikers', 'zhou')
    await told(() => sandbox.control.setDisplay('hikers', 'zhou', '<b>队长</b>'))
    const all = await members()
    expect(all.find(({ name }) => name === '周明远')).toMatchObject({
      nick: '<b>队长</b>',
      remark: '老周（木工）',
    })
    expect(all.map(({ id }) => id.endsWith('/self'))).not.toContain(true)
    expect(
      all.some(
        ({ name, nick }) => nick === name || name.includes('老周') || nick?.includes('老周'),
      ),
    ).toBe(false)
  })

  test('have no nickname where it is their name', async () => {
    await told(() => sandbox.control.setDisplay('hikers', 'wu', '领队'))
    const named = async () => (await members()).filter(({ nick }) => nick !== undefined)
    const [wu] = (await members()).filter(({ nick }) => nick === '领队')
    const before = await named()
    await told(() => sandbox.control.setDisplay('hikers', 'wu', wu?.name ?? ''))
    expect(await named()).toEqual(before.filter(({ id }) => id !== wu?.id))
  })

  test('are told of when one takes another name', async () => {
    await told(() => sandbox.control.rename('lin', '林大满'))
    expect((await members()).some(({ name }) => name === '林大满')).toBe(true)
  })

  test('are not told of for a word, or a group of another name', async () => {
    await until(async () => desk.rosters.includes(await group()), 'the group being told of')
    const before = desk.rosters.length
    await sandbox.control.renameGroup('hikers', '爬山')
    await desk.chat('爬山')
    await sandbox.control.say('wu', 'a word', 'hikers')
    await desk.said('a word')
    expect(desk.rosters.length).toBe(before)
  })

  test('are named in what is said there, by nickname first, and nobody where it is not sure', async () => {
    await sandbox.control.joinGroup('hikers', 'zhou')
    await told(() => sandbox.control.setDisplay('hikers', 'zhou', '队长'))
    const zhou = (await members()).find(({ nick }) => nick === '队长')
    const say = async (text: string) => {
      await sandbox.control.say('wu', text, 'hikers')
      return desk.said(text)
    }
    const who = { type: 'contact', contact: zhou?.id }
    expect((await say('@队长\u2005 come')).mentions).toEqual([{ name: '队长', who }])
    expect((await say('hello @周明远')).mentions).toEqual([{ name: '周明远', who }])
    expect(await say('@队长们 come')).not.toHaveProperty('mentions')
    const all = await say('@所有人\u2005 up')
    expect(all).toMatchObject({
      mentionsMe: true,
      mentions: [{ name: '所有人', who: { type: 'all' } }],
    })
    await told(() => sandbox.control.setDisplay('hikers', 'wu', '队长'))
    expect(await say('@队长\u2005 which')).not.toHaveProperty('mentions')
    await sandbox.control.say('lin', '@林小满🌿 private')
    expect(await desk.said('@林小满🌿 private')).not.toHaveProperty('mentions')
    await sandbox.control.phoneSay('hikers', '@周明远\u2005 mine')
    expect((await desk.said('@周明远\u2005 mine')).mentions).toHaveLength(1)
  })

  test('an announcement is told as one, and an empty one takes it away', async () => {
    const content = (text: string): Promise<Content> =>
      until(
        () =>
          desk.messages
            .map((each) => each.content)
            .findLast((each) => each.kind === 'announcement' && each.text === text),
        `the announcement "${text}"`,
      )
    await sandbox.control.share('wu', { kind: 'announcement', text: '周六七点\n带水' }, 'hikers')
    await content('周六七点\n带水')
    await sandbox.control.share('wu', { kind: 'announcement', text: '' }, 'hikers')
    await content('')
  })
})
