// Remembers each text for two minutes; when one is recalled, sends what it said to `filehelper`.
//
//   node docs/examples/text-cache.ts             the real web WeChat (read docs/wechat-web.md first)
//   node docs/examples/text-cache.ts --sandbox   a WeChat of our own, with people who talk and recall
import { createClient, toWebwx } from 'wechat-bridge/wechat-web'
import { theOrigin } from './origin.ts'

const life = 120_000
const texts = new Map<string, { readonly content: string; readonly until: number }>()

const origin = await theOrigin(process.argv.includes('--sandbox'))
const client = createClient(origin ? { loginBase: origin, pace: { sendMs: 100 } } : {})

client.on(['text', 'note'], { friend: true, group: true, mp: true }, async (message) => {
  const seen = toWebwx(message)
  const now = Date.now()
  for (const [id, { until }] of texts) if (until <= now) texts.delete(id)
  if (seen.msgType === 'TEXT') texts.set(seen.msgId, { content: seen.content, until: now + life })
  if (seen.msgType !== 'REVOKE') return
  const said = texts.get(seen.revokedMsgId)
  if (!said) return
  texts.delete(seen.revokedMsgId)
  await client.sendText(said.content, 'filehelper')
})

process.once('SIGINT', () => void client.stop())
process.once('SIGTERM', () => void client.stop())
const login = await client.login({
  onQr: (qr) => console.log(`${origin ? '' : `${qr.blocks}\n`}Scan ${qr.url}`),
})
if (login.ok) {
  console.log(`Logged in as ${client.me.nickName}. Watching.`)
  console.log(`Over: ${await client.run()}.`)
} else console.error(`No login: ${login.errMsg} ${login.rawMsg}`)
await client.close()
process.exit(login.ok ? 0 : 1)
