import { FileBox, type FileBoxInterface } from 'file-box'
import { log, type payloads } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'

log.level('silent')

/** What a client of the gateway sent. */
export interface Sending {
  readonly id: string
  readonly to: string
  readonly text: string
  readonly mentions: readonly string[]
  readonly bytes?: Uint8Array
  recalled: boolean
}

/** Wechaty's mock with what it lacks: names in groups, recalls, and a memory of what was sent. */
export class MemoryMock extends PuppetMock {
  readonly sendings: Sending[] = []
  readonly nicks = new Map<string, string>()
  readonly requests = new Map<string, object>()
  readonly accepted: string[] = []
  /** So many of the next payloads of messages are not given. */
  failures = 0
  /** Does it tell the id of what it sends? */
  tellsIds = false
  #silentIds = 0

  async #sent(to: string, what: string | FileBoxInterface, more: Partial<Sending>) {
    const ids: string[] = []
    const hear = ({ messageId }: { messageId: string }) => void ids.push(messageId)
    this.on('message', hear)
    await this._messageSend(to, what)
    this.off('message', hear)
    const id = ids[0] ?? `silent-${this.#silentIds++}`
    this.sendings.push({ id, to, text: '', mentions: [], recalled: false, ...more })
    return this.tellsIds ? id : undefined
  }

  override async messageSendText(to: string, text: string, mentions: string[] = []) {
    return (await this.#sent(to, text, { text, mentions })) as undefined
  }

  override async messageSendFile(to: string, file: FileBoxInterface) {
    const bytes = await file.toBuffer()
    const kept = FileBox.fromBase64(bytes.toString('base64'), file.name)
    return (await this.#sent(to, kept, { text: file.name, bytes })) as undefined
  }

  override async messageRecall(id: string): Promise<boolean> {
    const sending = this.sendings.find((each) => each.id === id)
    if (sending) sending.recalled = true
    return sending !== undefined
  }

  override async messageRawPayload(id: string): Promise<payloads.Message> {
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('the gateway stumbles')
    }
    return super.messageRawPayload(id)
  }

  override async roomMemberRawPayload(room: string, id: string): Promise<payloads.RoomMember> {
    const roomAlias = this.nicks.get(id)
    const payload = await super.roomMemberRawPayload(room, id)
    return { ...payload, ...(roomAlias !== undefined && { roomAlias }) }
  }

  override async friendshipRawPayload(id: string): Promise<object> {
    const found = this.requests.get(id)
    if (!found) throw new Error('no such request')
    return found
  }

  override async friendshipAccept(id: string): Promise<void> {
    this.accepted.push(id)
  }

  override async roomInvitationRawPayload(id: string): Promise<object> {
    return { id, inviterId: 'lin', topic: 'a <b> group', timestamp: Date.now() }
  }
}
