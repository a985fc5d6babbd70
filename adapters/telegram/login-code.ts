import { createHash } from 'node:crypto'
import { toBuffer } from 'qrcode'
import { BridgeError } from '../../src/core/errors.ts'
import type { ShownLogin } from '../../src/ports/doors.ts'
import type { Upload } from './api.ts'
import { readShowing, type Showing, showingText } from './login-showing.ts'
import type { Parts, ShowLogin } from './parts.ts'
import { postWords } from './post-words.ts'
import { deletedBefore, says, unchanged, undeletable, uneditable } from './receipt.ts'

export type LoginCodeParts = Pick<Parts, 'api' | 'people' | 'voice' | 'vault' | 'clock' | 'log'>

const kept = 'login-code'
const defaultWaitMs = 5_000

/**
 * Shows a login in the owner's private chat: one message, which is changed in place, and deleted when it is over. Throws
 * while nobody owns the bridge, to be tried again. Calls wait for each other: showing the same twice shows it once.
 */
export function createLoginCode(parts: LoginCodeParts): ShowLogin {
  const { api, vault, clock } = parts
  const words = () => postWords(parts.voice.language)

  /** Makes a call as often as it takes: the pump, which keeps the pace, has no part in these. */
  const patiently = async <T>(make: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (;;) {
      try {
        return await make()
      } catch (error) {
        if (!(error instanceof BridgeError) || error.failure.code !== 'rate') throw error
        await clock.sleep(error.failure.afterMs ?? defaultWaitMs, signal)
      }
    }
  }

  /** False: it is not there any more, or not to be changed. */
  const changed = async (make: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> => {
    try {
      await patiently(make, signal)
      return true
    } catch (error) {
      if (says(error, unchanged)) return true
      if (says(error, uneditable)) return false
      throw error
    }
  }

  const showCode = async (
    qr: string,
    of: string,
    owner: string,
    before: Showing,
    signal: AbortSignal,
  ) => {
    const png = await toBuffer(qr, { scale: 8, margin: 4, errorCorrectionLevel: 'M' })
    const caption = `${words().scan}${of}`
    const { message } = before
    if (message?.isPhoto && message.chat === owner) {
      const again = () => {
        const media = { type: 'photo', media: upload(png), caption } as const
        return api.call('editMessageMedia', { ...target(message), media }, signal)
      }
      if (await changed(again, signal)) return message
    } else if (message) await takeAway(message, signal)
    const sent = await patiently(
      () => api.call('sendPhoto', { chat_id: Number(owner), photo: upload(png), caption }, signal),
      signal,
    )
    return { chat: owner, number: sent.message_id, isPhoto: true }
  }

  const showScanned = async (of: string, owner: string, before: Showing, signal: AbortSignal) => {
    const text = `${words().scanned}${of}`
    const { message } = before
    if (message?.isPhoto && message.chat === owner) {
      const args = { ...target(message), caption: text }
      if (await changed(() => api.call('editMessageCaption', args, signal), signal)) return message
    } else if (message) await takeAway(message, signal)
    const sent = await patiently(
      () => api.call('sendMessage', { chat_id: Number(owner), text }, signal),
      signal,
    )
    return { chat: owner, number: sent.message_id, isPhoto: false }
  }

  const takeAway = async (message: NonNullable<Showing['message']>, signal: AbortSignal) => {
    try {
      await patiently(() => api.call('deleteMessage', target(message), signal), signal)
    } catch (error) {
      if (says(error, deletedBefore)) return
      if (!says(error, undeletable)) throw error
      // Left by a run that ended days ago: at least it says so.
      const over = words().over
      await changed(
        () =>
          message.isPhoto
            ? api.call('editMessageCaption', { ...target(message), caption: over }, signal)
            : api.call('editMessageText', { ...target(message), text: over }, signal),
        signal,
      )
    }
  }

  const show: ShowLogin = async (login, signal) => {
    signal.throwIfAborted()
    const before = readShowing(await vault.get(kept))
    const shown = nameOf(login)
    if (before.shown === shown) return
    if (shown === '') {
      if (before.message) await takeAway(before.message, signal)
      return vault.drop(kept)
    }
    const owner = parts.people.owner()
    if (owner === undefined) throw unowned()
    const message =
      login.state === 'scan'
        ? await showCode(login.qr, doorOf(login), owner, before, signal)
        : await showScanned(doorOf(login), owner, before, signal)
    await vault.set(kept, showingText({ shown, message }))
  }
  let last: Promise<unknown> = Promise.resolve()
  return (login, signal) => {
    const shown = last.then(() => show(login, signal))
    last = shown.catch(() => undefined)
    return shown
  }
}

const target = ({ chat, number }: NonNullable<Showing['message']>) => ({
  chat_id: Number(chat),
  message_id: number,
})

const upload = (png: Buffer): Upload => ({
  stream: new Blob([new Uint8Array(png)]).stream(),
  name: 'wechat-login.png',
  mime: 'image/png',
})

/** A code is kept as a hash: the text of it lets whoever reads it confirm a login. */
function nameOf(login: ShownLogin): string {
  if (login.state === 'scan') return `scan/${createHash('sha256').update(login.qr).digest('hex')}`
  return login.state === 'scanned' ? `scanned${doorOf(login)}` : ''
}

/** The door it is of, where there are several. */
const doorOf = ({ door }: ShownLogin): string => (door === undefined ? '' : ` (${door})`)

const unowned = (): BridgeError =>
  new BridgeError(
    'The login cannot be shown: nobody owns the Telegram bot yet. Send it the code from the log.',
    { code: 'config', heal: 'retry', certain: true },
  )
