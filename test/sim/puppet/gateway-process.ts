import { Gateway, type GatewayOptions } from './gateway.ts'

// A gateway in a process of its own, that can be killed. It does what it is told, and tells what it was asked to send.

export type Order =
  | { readonly say: string; readonly from: string; readonly to?: string }
  /** From now on no send is answered: it is made (`after`), or nobody knows. */
  | { readonly hang: 'before' | 'after' }

export type Told =
  | { readonly ready: string }
  | { readonly sent: { readonly to: string; readonly text: string } }

const tell = (told: Told) => process.send?.(told)
const gateway = await Gateway.start(JSON.parse(process.argv[2] ?? '{}') as GatewayOptions)
let hang: 'before' | 'after' | undefined
const { puppet } = gateway
const send = puppet.messageSendText.bind(puppet)
puppet.messageSendText = async (to: string, text: string, mentions: string[] = []) => {
  const id = hang === 'before' ? undefined : await send(to, text, mentions)
  tell({ sent: { to, text } })
  if (hang) await new Promise(() => undefined)
  return id
}
process.on('message', (order: Order) => {
  if ('hang' in order) hang = order.hang
  else gateway.sayText(order.from, order.say, order.to)
})
tell({ ready: gateway.endpoint })
