import { randomUUID } from 'node:crypto'
import { FileBox } from 'file-box'
import { type payloads, types } from 'wechaty-puppet'
import { PuppetServer, type PuppetServerOptions } from 'wechaty-puppet-service'
import { freePort } from '../../support/free-port.ts'
import { MemoryMock } from './memory-mock.ts'

export const people = { friend: '林小满🌿 <b>', group: '周末爬山队⛰️', newcomer: '周明远' }
export const room = '1001@chatroom'

export interface GatewayOptions {
  readonly port?: number
  readonly token?: string
  readonly tls?: PuppetServerOptions['tls']
  /** Somebody is logged in already. */
  readonly online?: boolean
}

/** Wechaty's own gateway on loopback, over real gRPC, with its mock behind it. */
export class Gateway {
  readonly token: string
  readonly puppet = new MemoryMock()
  readonly endpoint: string
  readonly #server: PuppetServer
  #codes = 0
  #said = 0

  private constructor(port: number, options: GatewayOptions) {
    this.token = options.token ?? `insecure_${randomUUID()}`
    this.endpoint = `127.0.0.1:${port}`
    const { puppet, endpoint, token } = this
    const tls = options.tls ?? { disable: true }
    this.#server = new PuppetServer({ endpoint, puppet, token, tls })
  }

  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const gateway = new Gateway(options.port ?? (await freePort()), options)
    const { puppet } = gateway
    puppet.on('error', () => undefined)
    populate(puppet)
    await gateway.#server.start()
    await puppet.start()
    puppet.on('logout', () => void setImmediate(() => gateway.showCode()))
    if (options.online) gateway.confirm()
    else gateway.showCode()
    return gateway
  }

  showCode(): void {
    this.#codes += 1
    const qrcode = `https://example.org/login/${this.#codes}`
    this.puppet.emit('scan', { qrcode, status: types.ScanStatus.Waiting })
  }

  scan(): void {
    this.puppet.emit('scan', { status: types.ScanStatus.Scanned })
  }

  confirm(): void {
    this.puppet.login('me')
  }

  /** A message of any kind. Gives back its id. */
  say(from: string, said: Partial<payloads.Message>): string {
    this.#said += 1
    const id = `${Date.now()}-${this.#said}`
    const payload = { id, talkerId: from, timestamp: Date.now(), type: types.Message.Text, ...said }
    this.puppet.mocker.MessageMock.create(payload as payloads.Message)
    this.puppet.emit('message', { messageId: payload.id })
    return id
  }

  sayText(from: string, text: string, to = 'me'): string {
    return this.say(from, to === room ? { text, roomId: room } : { text, listenerId: to })
  }

  sendFile(from: string, name: string, bytes: Uint8Array, type = types.Message.Image): string {
    const id = `file-${++this.#said}`
    const box = FileBox.fromBase64(Buffer.from(bytes).toString('base64'), name)
    this.puppet.mocker.cacheFileBoxPayload.set(id, box.toJSON())
    this.say(from, { id, listenerId: 'me', type, filename: name })
    return id
  }

  async close(): Promise<void> {
    await this.#server.stop()
    await this.puppet.stop()
  }
}

function populate(puppet: MemoryMock): void {
  const { mocker } = puppet
  const person = (id: string, name: string, friend = true) =>
    mocker.createContact({ id, name, friend, alias: '', type: types.Contact.Individual })
  person('me', 'Me Myself')
  person('lin', people.friend)
  person('wu', '吴 "W"')
  person('zhou', people.newcomer, false)
  mocker.createContact({ id: 'gh_news', name: 'News', friend: true, type: types.Contact.Official })
  mocker.createRoom({
    id: room,
    topic: people.group,
    memberIdList: ['me', 'lin', 'wu'],
    ownerId: 'wu',
  })
}
