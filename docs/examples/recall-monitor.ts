// Sends everything that is recalled, of every kind and with its picture, voice, video or file, to `filehelper`.
//
//   node docs/examples/recall-monitor.ts             the real web WeChat (read docs/wechat-web.md first)
//   node docs/examples/recall-monitor.ts --sandbox   a WeChat of our own, with people who talk and recall
//   WECHAT_BASE=http://127.0.0.1:8080 node …         a sandbox that is running there
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClientMessage, createClient, kinds, RecallCache } from 'wechat-bridge/wechat-web'
import { theOrigin } from './origin.ts'

const origin = await theOrigin(process.argv.includes('--sandbox'))
const client = createClient(
  origin ? { loginBase: origin, pace: { sendMs: 100, mediaMs: 100 } } : {},
)
const folder = await mkdtemp(join(tmpdir(), 'recall-monitor-'))
const cache = new RecallCache({ folder })

client.on(kinds, { friend: true, group: true, mp: true }, async (message) => {
  const kept = await cache.take(message)
  if (!kept) return cache.keep(message)
  await tell(kept.message)
  if (kept.file) await forward(kept.message, kept.file)
})

/** Who took back what, in words. */
async function tell(message: ClientMessage): Promise<void> {
  const where = message.chat.type === 'group' ? ` in ${message.chat.nickName}` : ''
  const who = message.isMine
    ? 'You'
    : message.sender?.displayName || message.sender?.nickName || message.chat.nickName
  await client.sendText(`${who}${where} recalled: ${whatWas(message)}`, 'filehelper')
}

function whatWas(message: ClientMessage): string {
  switch (message.kind) {
    case 'text':
      return message.text
    case 'map':
      return `a place: ${message.text}`
    case 'card':
      return `a card of ${message.card.nickName}`
    case 'sharing':
      return `${message.text} ${message.url}`.trim()
    default:
      return 'fileName' in message ? `${message.kind} ${message.fileName}` : message.text
  }
}

/** The bytes themselves, kept since they came: WeChat does not give them any more. */
async function forward(message: ClientMessage, file: string): Promise<void> {
  if (message.kind === 'picture') await client.sendImage(file, 'filehelper')
  else if (message.kind === 'video') await client.sendVideo(file, 'filehelper')
  else await client.sendFile(file, 'filehelper')
  await rm(file, { force: true })
}

process.once('SIGINT', () => void client.stop())
process.once('SIGTERM', () => void client.stop())
const login = await client.login({
  onQr: (qr) => console.log(`${origin ? '' : `${qr.blocks}\n`}Scan ${qr.url}`),
})
if (login.ok) {
  console.log(`Logged in as ${client.me.nickName}. Watching.`)
  console.log(`Over: ${await client.run()}.`)
} else console.error(`No login: ${login.errMsg} ${login.rawMsg}`)
await cache.clear()
await rm(folder, { recursive: true, force: true })
await client.close()
process.exit(login.ok ? 0 : 1)
