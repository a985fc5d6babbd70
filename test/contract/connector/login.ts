import { expect } from 'vitest'
import { until } from '../../support/until.ts'
import type { Case } from '../skip.ts'
import type { Bench } from './bench.ts'
import { failure, sendText } from './jobs.ts'

/** Logging in, staying, and leaving. */
export function loginCases(it: Case, at: () => Bench): void {
  it('tells the states of a login in their order', async () => {
    const { facts } = await at().online()
    const states = facts.logins.map((each) => each.state)
    expect(states).toEqual(['scan', 'scanned', 'online'])
    const [scan] = facts.logins
    expect(scan).toMatchObject({ attempt: 1 })
    expect(scan?.state === 'scan' && scan.qr.length > 0).toBe(true)
  })

  it('begins no second login while one is under way or online', async () => {
    const one = at().start()
    await until(() => one.facts.last()?.state === 'scan')
    expect(one.connector.login()).toBe(false)
    await at().world.scan()
    await at().world.confirm()
    await until(() => one.facts.last()?.state === 'online')
    expect(one.connector.login()).toBe(false)
  })

  it('goes offline once when kicked, waits for a person, and knows everyone again', async () => {
    const one = await at().online()
    const before = await at().friendChat(one)
    await at().world.kick()
    await until(() => one.facts.last()?.state === 'offline', 'going offline')
    const error = await failure(one.send(sendText(before.id, 'gone')))
    expect(error.failure).toMatchObject({ heal: 'relogin', certain: true })
    const seen = one.facts.logins.length
    expect(one.facts.last()).toMatchObject({ reason: 'kicked', relogin: true })
    expect(one.connector.login()).toBe(true)
    await until(() => one.facts.last()?.state === 'scan', 'a new code')
    expect(one.facts.logins.length).toBe(seen + 1)
    await at().world.scan()
    await at().world.confirm()
    await until(() => one.facts.last()?.state === 'online', 'being online again')
    await at().world.friendSays('still me')
    expect((await one.facts.said('still me')).chat).toBe(before.id)
    await one.send(sendText(before.id, 'still you'))
    expect(at().world.arrived()).toMatchObject([{ to: 'friend', text: 'still you' }])
  })

  it('does not log in by itself after a restart when it had been kicked', async () => {
    const one = await at().online()
    await at().world.kick()
    await until(() => one.facts.last()?.state === 'offline', 'going offline')
    await one.stop()
    const again = at().start()
    await until(() => again.facts.last(), 'a state')
    expect(again.facts.logins).toMatchObject([{ state: 'offline', reason: 'kicked' }])
    expect(again.connector.login()).toBe(true)
    await until(() => again.facts.last()?.state === 'scan', 'a new code')
  })

  it('resumes after a restart without a login, and misses nothing said meanwhile', async () => {
    const one = await at().online()
    await at().world.friendSays('before')
    const before = await one.facts.said('before')
    await at().world.settled()
    await one.stop()
    await at().world.friendSays('while away')
    const again = at().start()
    const away = await again.facts.said('while away')
    expect(again.facts.logins.map((each) => each.state)).toEqual(['online'])
    expect(away.chat).toBe(before.chat)
    expect(again.facts.texts().filter((each) => each === 'while away')).toHaveLength(1)
  })

  it('misses nothing that was said in a group between two starts', async () => {
    const one = await at().online()
    await at().world.memberSays('before')
    await one.facts.said('before')
    await at().world.settled()
    await one.stop()
    await at().world.memberSays('here too')
    const again = at().start()
    await again.facts.said('here too')
    expect(again.facts.texts().filter((each) => each === 'here too')).toHaveLength(1)
  })

  it('logs out: says so, forgets the session, and has nothing to log out of then', async () => {
    const one = await at().online()
    const signal = AbortSignal.timeout(20_000)
    expect(await one.connector.logout(signal)).toBe(true)
    await until(() => one.facts.last()?.state === 'offline', 'going offline')
    expect(one.facts.last()).toMatchObject({ reason: 'loggedOut', relogin: true })
    expect(await one.connector.logout(signal)).toBe(false)
    await one.stop()
    const again = at().start()
    await until(() => again.facts.last()?.state === 'scan', 'a fresh login')
  })

  it('stops when it is told to, whatever it is doing', async () => {
    const early = at().start()
    await until(() => early.facts.last()?.state === 'scan')
    await early.stop()
    const one = await at().online()
    const started = Date.now()
    await one.stop()
    expect(Date.now() - started).toBeLessThan(2000)
  })
}
