import { describe, expect, test } from 'vitest'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, greet, logIn, quick, stage } from './lab.ts'

const { sim: start, run, spy } = stage()

const states = (one: ReturnType<typeof run>) => one.facts.logins.map((each) => each.state)

describe('the code', () => {
  test('is what WeChat gives to show, and nothing secret of a login is logged', async () => {
    const sim = await start()
    const log = memoryLog()
    const one = run(connectorTo(sim, memoryVault(), log))
    const shown = await sim.control.shown()
    await until(() => one.facts.last()?.state === 'scan')
    expect(one.facts.last()).toEqual({ state: 'scan', qr: shown, attempt: 1 })
    await logIn(sim, one)
    await greet(sim, one, 'nobody else reads this')
    for (const secret of [shown, sim.control.token(), 'nobody else reads this', sim.user]) {
      expect(log.text()).not.toContain(secret)
    }
  })

  test('is replaced when it lapses, also after the scan, and a person is asked after five', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    for (let attempt = 1; attempt <= 5; attempt++) {
      await until(() => {
        const last = one.facts.last()
        return last?.state === 'scan' && last.attempt === attempt
      }, `code ${attempt}`)
      if (attempt === 2) {
        await sim.control.scan()
        await until(() => one.facts.last()?.state === 'scanned')
      }
      await sim.control.expire()
    }
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.facts.last()).toMatchObject({ reason: 'expired', relogin: true })
    expect(one.connector.login()).toBe(true)
    await until(() => one.facts.last()?.state === 'scan')
    await logIn(sim, one)
  })

  test('is waited for through errors and garbage', async () => {
    const sim = await start()
    for (const how of ['500', 'html'] as const) sim.control.fault({ path: 'get_bot_qrcode', how })
    for (const how of ['500', 'empty', 'reset', 'truncated', 'huge'] as const) {
      sim.control.fault({ path: 'get_qrcode_status', how })
    }
    const odd = { answer: { status: 'a state of tomorrow', ret: 0 } }
    sim.control.fault({ path: 'get_qrcode_status', how: odd })
    const one = run(connectorTo(sim))
    await logIn(sim, one)
    expect(states(one)).toEqual(['scan', 'scanned', 'online'])
  })

  test('is given up when there is none to be had', async () => {
    const sim = await start()
    sim.control.fault({ path: 'get_bot_qrcode', how: 'html', times: 3 })
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.facts.logins).toMatchObject([{ reason: 'unreachable', relogin: true }])
  })
})

describe('the number on the phone', () => {
  test('is asked for, again if it is wrong, and then the login goes on', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    expect(one.connector.login({ verify: '1234' })).toBe(false)
    sim.control.askFor('4711')
    await sim.control.scan()
    await until(() => one.facts.last()?.state === 'scanned')
    expect(one.facts.last()).toEqual({ state: 'scanned', verify: true })
    expect(one.connector.login()).toBe(false)
    expect(one.connector.login({ verify: '  ' })).toBe(false)
    expect(one.connector.login({ verify: '1&x=<b>' })).toBe(false)
    expect(one.connector.login({ verify: '1234' })).toBe(true)
    await until(() => one.facts.logins.length === 3, 'being asked again')
    expect(one.facts.last()).toEqual({ state: 'scanned', verify: true })
    expect(one.connector.login({ verify: ' 4711 ' })).toBe(true)
    await until(() => one.facts.logins.length === 4, 'the number being taken')
    expect(one.facts.last()).toEqual({ state: 'scanned' })
    await sim.control.confirm()
    await until(() => one.facts.last()?.state === 'online')
  })

  test('may be asked for after the scan, and that it was right is told', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    await sim.control.scan()
    await until(() => one.facts.last()?.state === 'scanned')
    await sim.control.askNow('12')
    await until(() => one.facts.logins.some((each) => 'verify' in each))
    one.connector.login({ verify: '12' })
    await until(() => one.facts.logins.length === 4)
    expect(one.facts.last()).toEqual({ state: 'scanned' })
  })

  test('ends the login when it was wrong too often, and a person may begin another', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    sim.control.askFor('4711')
    await sim.control.scan()
    for (let asked = 1; asked <= 3; asked++) {
      await until(() => one.facts.logins.filter((each) => 'verify' in each).length === asked)
      expect(one.connector.login({ verify: '1' })).toBe(true)
    }
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.facts.last()).toMatchObject({ reason: 'refused', relogin: true })
    expect(one.connector.login({ verify: '4711' })).toBe(false)
    expect(one.connector.login()).toBe(true)
    await logIn(sim, one)
  })

  test('is not waited for longer than a code lives', async () => {
    const sim = await start()
    const one = run(
      connectorTo(sim, memoryVault(), memoryLog(), { timeouts: { ...quick, codeLife: 300 } }),
    )
    await until(() => one.facts.last()?.state === 'scan')
    sim.control.askFor('4711')
    await sim.control.scan()
    await until(() => one.facts.logins.some((each) => 'verify' in each))
    await until(() => one.facts.last()?.state === 'scan')
    expect(one.facts.last()).toMatchObject({ attempt: 2 })
  })
})

describe('another place', () => {
  test('of WeChat is followed, and everything goes there then', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    sim.control.redirect()
    await logIn(sim, one)
    await greet(sim, one)
    expect(states(one)).toEqual(['scan', 'scanned', 'online'])
  })

  test('that is nobody knows whose is not gone to', async () => {
    const sim = await start()
    const stranger = await spy()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    sim.control.redirect(stranger.host)
    await sim.control.scan()
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.facts.last()).toMatchObject({ reason: 'refused', relogin: true })
    expect(stranger.heard).toEqual([])
  })

  test('where calls should go gets no token if it is a stranger', async () => {
    const sim = await start()
    const stranger = await spy()
    const one = run(connectorTo(sim))
    await until(() => one.facts.last()?.state === 'scan')
    sim.control.leadTo(stranger.origin)
    await logIn(sim, one)
    await greet(sim, one)
    expect(stranger.heard).toEqual([])
  })
})

describe('a bot that is ours already', () => {
  test('is taken up again with the token that a logout left', async () => {
    const sim = await start()
    const vault = memoryVault()
    const one = run(connectorTo(sim, vault))
    await logIn(sim, one)
    await greet(sim, one)
    const token = sim.control.token()
    expect(await one.connector.logout(AbortSignal.timeout(5_000))).toBe(true)
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.connector.login()).toBe(true)
    await until(() => one.facts.last()?.state === 'scan')
    expect(sim.control.toldTokens()).toEqual([token])
    await logIn(sim, one)
    expect(sim.control.token()).toBe(token)
    await greet(sim, one, 'here again')
  })

  test('and whose tokens are all stale is said to be lost', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    await logIn(sim, one)
    await sim.control.kick()
    await until(() => one.facts.last()?.state === 'offline')
    sim.control.fault({ path: 'get_qrcode_status', how: { answer: { status: 'binded_redirect' } } })
    one.connector.login()
    await until(() => one.facts.logins.filter((each) => each.state === 'offline').length === 2)
    expect(one.facts.last()).toMatchObject({ reason: 'refused', relogin: true })
  })

  test('and whose token is lost is said to be so', async () => {
    const sim = await start()
    const one = run(connectorTo(sim))
    sim.control.fault({
      path: 'get_qrcode_status',
      how: { answer: { status: 'binded_redirect' } },
    })
    await until(() => one.facts.last()?.state === 'offline')
    expect(one.facts.last()).toMatchObject({ reason: 'refused', relogin: true })
    expect(JSON.stringify(one.facts.last())).toContain('Disconnect')
  })
})

test('a login that was confirmed with nothing in it is refused', async () => {
  const sim = await start()
  sim.control.fault({
    path: 'get_qrcode_status',
    how: { answer: { status: 'confirmed', ilink_bot_id: 'x' } },
  })
  const one = run(connectorTo(sim))
  await until(() => one.facts.last()?.state === 'offline')
  expect(one.facts.last()).toMatchObject({ reason: 'refused', relogin: true })
})

test('the account is the person who scanned, also with another bot', async () => {
  const sim = await start()
  const vault = memoryVault()
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  const first = one.facts.last()
  await sim.control.kick()
  await until(() => one.facts.last()?.state === 'offline')
  one.connector.login()
  await logIn(sim, one)
  expect(one.facts.last()).toEqual(first)
  expect(first).toMatchObject({ account: `ilink:${sim.user}` })
})
