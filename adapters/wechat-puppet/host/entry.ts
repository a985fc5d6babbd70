import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { FromHost, HostData, HostFault, ToHost } from '../protocol.ts'
import { call, type Stage } from './calls.ts'
import { Card } from './card.ts'
import { checkStream, faultOf, guard, startLimitMs } from './guard.ts'
import { Fault, load } from './load.ts'
import { plain, trace } from './plain.ts'
import type { PuppetLike } from './vendor.ts'

// A thread of its own for one puppet: what its libraries break, print or throw where nobody listens stays in here, and ends
// with it.

const data = workerData as HostData
const parent = parentPort as MessagePort
const tell = (told: FromHost) => parent.postMessage(told)
const warn = (text: string) => tell({ type: 'warn', text })
const ended = (fault: HostFault) => tell({ type: 'ended', fault: masked(fault) })

process.on('uncaughtException', (thrown) => warn(`a fault inside a puppet (${trace(thrown)})`))
process.on('unhandledRejection', (thrown) => warn(`a fault inside a puppet (${trace(thrown)})`))

/** Libraries put their options into the messages of their errors; tokens are for nobody to read. */
function masked(fault: HostFault): HostFault {
  let { message } = fault
  for (const [name, value] of Object.entries(data.options)) {
    if (typeof value !== 'string' || value === '' || name === 'endpoint') continue
    if (name === 'token' || value.length >= 8) message = message.replaceAll(value, '…')
  }
  return { ...fault, message }
}

const fetchMs = 10_000

const events = [
  'dirty',
  'friendship',
  'login',
  'logout',
  'message',
  'ready',
  'room-invite',
  'room-join',
  'room-leave',
  'room-topic',
  'scan',
]

/** Events are told in the order they came. */
let told: Promise<void> = Promise.resolve()

/** A message is fetched as soon as it is told of: later its gateway may be gone. */
async function hear(puppet: PuppetLike, name: string, payload: unknown): Promise<void> {
  const id = (payload as { messageId?: unknown } | undefined)?.messageId
  if (name !== 'message' || typeof id !== 'string' || id === '') {
    return tell({ type: 'event', name, payload })
  }
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), fetchMs)
  const fetched = (async () => puppet.messagePayload(id))()
  const said = await Promise.race([fetched, late.promise]).catch(() => undefined)
  clearTimeout(timer)
  tell({ type: 'event', name, payload: { messageId: id, said: plain(said) } })
}

const failed = (thrown: unknown): HostFault => {
  if (thrown instanceof Fault) return thrown.fault
  const fault = faultOf(thrown)
  return data.service ? fault : { ...fault, kind: 'puppet' }
}

async function open(): Promise<Stage> {
  const { Puppet, FileBox } = await load(data.package)
  let puppet: InstanceType<typeof Puppet>
  try {
    puppet = new Puppet({ ...data.options })
  } catch (thrown) {
    const why = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : ''
    const message = `${data.package} does not take its options: ${why}`
    throw new Fault({ kind: 'package', message, sent: 'no' })
  }
  puppet.setMemory(new Card(data.memory, (text) => tell({ type: 'memory', text })))
  puppet.on('error', (about) => warn(`the puppet reported an error (${kindOf(about)})`))
  for (const name of events) {
    puppet.on(name, (payload) => {
      told = told
        .then(() => hear(puppet, name, plain(payload)))
        .catch((thrown: unknown) => warn(`an event could not be told (${trace(thrown)})`))
    })
  }
  const sending = data.service ? guard(puppet, data, { ended, warn }) : undefined
  return { puppet, FileBox, sending }
}

function kindOf(about: unknown): string {
  const { gerror } = (about ?? {}) as { gerror?: unknown }
  try {
    const { name, code } = JSON.parse(String(gerror))
    return `${String(name).slice(0, 40)}${code === undefined ? '' : ` ${String(code).slice(0, 10)}`}`
  } catch {
    return 'no more is known'
  }
}

async function start(): Promise<Stage> {
  const stage = await open()
  const late = setTimeout(() => {
    ended({ kind: 'gone', message: 'it did not start in time', sent: 'no' })
  }, startLimitMs)
  await stage.puppet.start()
  clearTimeout(late)
  const fault = data.service ? checkStream(stage.puppet) : undefined
  if (fault) throw new Fault(fault)
  tell({ type: 'started' })
  return stage
}

const stage = start()
stage.catch((thrown: unknown) => ended(failed(thrown)))

async function answer(asked: ToHost & { type: 'call' }): Promise<void> {
  const { id, op, args, port } = asked
  try {
    tell({ type: 'done', id, value: await call(await stage, op, args, port) })
  } catch (thrown) {
    port?.close()
    tell({ type: 'failed', id, fault: masked(failed(thrown)) })
  }
}

/** A gateway goes on without us; wechat4u would end the WeChat session. */
async function stop(): Promise<void> {
  const leave = data.service || data.package === 'wechaty-puppet-wechat4u'
  if (!leave) await (await stage).puppet.stop()
}

parent.on('message', (asked: ToHost) => {
  if (asked.type === 'call') return void answer(asked)
  stop()
    .catch(() => undefined)
    .finally(() => tell({ type: 'stopped' }))
})
