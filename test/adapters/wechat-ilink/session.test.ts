import { expect, test } from 'vitest'
import type { Vault } from '../../../src/ports/vault.ts'
import { failure, sendText } from '../../contract/connector/jobs.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, greet, logIn, quick, stage } from './lab.ts'

const { sim: start, run } = stage()

test('a stale token met by a send ends the login, told once, and is kept aside', async () => {
  const sim = await start()
  const vault = memoryVault()
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  await greet(sim, one)
  const chat = await until(() => one.facts.chat('friend', 'Me'))
  const token = sim.control.token()
  const stale = { answer: { errcode: -14, errmsg: 'session timeout' } }
  sim.control.fault({ path: 'sendmessage', how: stale })
  const error = await failure(one.send(sendText(chat.id, 'too late')))
  expect(error.failure).toMatchObject({ code: 'session', heal: 'relogin', certain: true })
  await until(() => one.facts.last()?.state === 'offline')
  const job = sendText(chat.id, 'waits')
  expect((await failure(one.send(job))).failure).toMatchObject({ code: 'session', certain: true })
  expect(() => one.connector.check?.(job)).toThrow('not logged in')
  expect(one.facts.logins.filter((each) => each.state === 'offline')).toHaveLength(1)
  await one.stop()

  const again = run(connectorTo(sim, vault))
  await until(() => again.facts.last())
  expect(again.facts.logins).toEqual([{ state: 'offline', reason: 'kicked', relogin: true }])
  await sim.control.kick()
  again.connector.login()
  await until(() => again.facts.last()?.state === 'scan')
  expect(sim.control.toldTokens()).toEqual([token])
  await logIn(sim, again)
  // Neither the place in the old line nor the leave to answer belongs to the new login.
  await until(() => sim.control.cursors().at(-1) !== undefined)
  expect(sim.control.cursors()).toContain('')
  const unheard = await failure(again.send(sendText(chat.id, 'nobody wrote')))
  expect(unheard.failure).toMatchObject({ reason: 'quota' })
})

test('a token that was called stale and is good after all begins anew', async () => {
  const sim = await start()
  const one = run(connectorTo(sim))
  await logIn(sim, one)
  await greet(sim, one)
  const chat = await until(() => one.facts.chat('friend', 'Me'))
  sim.control.fault({ path: 'sendmessage', how: { answer: { errcode: -14 } } })
  await failure(one.send(sendText(chat.id, 'x')))
  await until(() => one.facts.last()?.state === 'offline')
  const asked = sim.control.cursors().length
  one.connector.login()
  await logIn(sim, one)
  await until(() => sim.control.cursors().length > asked)
  expect(sim.control.cursors()[asked]).toBe('')
})

test('a token that went stale while the bridge was away is met at the start', async () => {
  const sim = await start()
  const vault = memoryVault()
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  await one.stop()
  await sim.control.kick()
  const again = run(connectorTo(sim, vault))
  await until(() => again.facts.last())
  expect(again.facts.logins).toEqual([{ state: 'offline', reason: 'kicked', relogin: true }])
})

test('an outage is told once, heals by itself, and loses nothing', async () => {
  const sim = await start()
  const log = memoryLog()
  const one = run(connectorTo(sim, memoryVault(), log, { timeouts: { ...quick, outage: 100 } }))
  await logIn(sim, one)
  await greet(sim, one)
  const chat = await until(() => one.facts.chat('friend', 'Me'))
  await sim.control.down()
  await until(() => one.facts.last()?.state === 'offline')
  expect(one.facts.last()).toMatchObject({ reason: 'unreachable', relogin: false })
  expect(one.connector.login()).toBe(false)
  const away = await failure(one.send(sendText(chat.id, 'away')))
  expect(away.failure).toMatchObject({ code: 'network', heal: 'retry', certain: true })
  await sim.control.says('meanwhile')
  const tries = () => log.lines.filter((each) => each.includes('could not be asked')).length
  const before = tries()
  await until(() => tries() > before + 3, 'more tries')
  await sim.control.up()
  await one.facts.said('meanwhile')
  expect(one.facts.logins.map((each) => each.state).slice(2)).toEqual([
    'online',
    'offline',
    'online',
  ])
  await one.send(sendText(chat.id, 'back'))
  expect(sim.control.delivered()).toMatchObject([{ text: 'back' }])
})

test('a start without WeChat there is told, and comes to something later', async () => {
  const sim = await start()
  const vault = memoryVault()
  const first = run(connectorTo(sim, vault))
  await logIn(sim, first)
  await first.stop()
  await sim.control.down()
  const timeouts = { ...quick, outage: 50 }
  const one = run(connectorTo(sim, vault, memoryLog(), { timeouts }))
  await until(() => one.facts.last()?.state === 'offline')
  await sim.control.up()
  await until(() => one.facts.last()?.state === 'online')
  expect(one.facts.logins.map((each) => each.state)).toEqual(['offline', 'online'])
})

test('a crash before the place in the line is kept tells everything after it again', async () => {
  const sim = await start()
  const vault = memoryVault()
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  await greet(sim, one, 'before')
  const crashed = memoryVault()
  for (const [name, text] of vault.entries) crashed.entries.set(name, text)
  await greet(sim, one, 'taken, not noted')
  await one.stop()
  const again = run(connectorTo(sim, crashed))
  await again.facts.said('taken, not noted')
  expect(again.facts.texts()).toEqual(['taken, not noted'])
  const [twice] = again.facts.messages
  expect(one.facts.messages.map((each) => each.id)).toContain(twice?.id)
})

test('the place in the line is not kept before the last of an answer is', async () => {
  const sim = await start()
  const vault = memoryVault()
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  let refusals = 0
  one.facts.refuse = ({ content }) => {
    const isLast = content.kind === 'text' && content.text === 'last'
    refusals += isLast ? 1 : 0
    return isLast
  }
  await sim.control.says('first')
  await sim.control.says('last')
  await until(() => refusals > 2)
  await one.stop()
  const again = run(connectorTo(sim, vault))
  await again.facts.said('last')
})

test('a vault that cannot be written is tried again, and nothing is told twice for it', async () => {
  const sim = await start()
  const real = memoryVault()
  let broken = false
  let tried = 0
  const vault: Vault = {
    ...real,
    async set(name, text) {
      if (broken) tried += 1
      if (broken) throw new Error('the disk is full')
      await real.set(name, text)
    },
  }
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  broken = true
  await sim.control.says('one')
  await until(() => tried > 2)
  broken = false
  await sim.control.says('two')
  await one.facts.said('two')
  expect(one.facts.texts()).toEqual(['one', 'two'])
})

test('a server that answers at once and says nothing is not asked without rest', async () => {
  const sim = await start({ holdMs: 0 })
  const timeouts = { ...quick, gap: 100 }
  const one = run(connectorTo(sim, memoryVault(), memoryLog(), { timeouts }))
  await logIn(sim, one)
  const before = sim.control.asked('getupdates')
  const began = Date.now()
  await until(() => sim.control.asked('getupdates') >= before + 5)
  expect(Date.now() - began).toBeGreaterThan(350)
})

test('says at the start and at the stop that it is there', async () => {
  const sim = await start()
  const one = run(connectorTo(sim))
  await logIn(sim, one)
  expect(sim.control.asked('notifystart')).toBe(1)
  await one.stop()
  expect(sim.control.asked('notifystop')).toBe(1)
})
