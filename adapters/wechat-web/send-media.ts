import { type SendAs, sendKind } from '../../src/core/answer.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { Query } from './api.ts'
import { fileXml } from './app-message.ts'
import { checkUpload } from './check-upload.ts'
import { endOf, WireFault } from './fault.ts'
import { fileNameOf } from './file-name.ts'
import { type Measured, measure, noun, tooLarge, unsendable } from './measure.ts'
import type { Raw } from './raw.ts'
import { type Sending, sendMessage, translate } from './send-call.ts'
import { upload } from './upload.ts'
import type { Upload } from './upload-form.ts'

/** Uploads media, as what its bytes turn out to be, and sends it (protocol §7.3 to §7.6). */
export async function sendMedia(sending: Sending, media: MediaRef, open: Open): Promise<Receipt> {
  const { limits } = sending.parts
  const most = Math.max(...Object.values(limits).map((each) => each.maxBytes))
  const { measured, as } = await look(sending, media, open, most)
  const way = ways[as]
  const what = noun(as === 'file' ? media : { kind: as })
  const name = fileNameOf(media, measured.mime)
  const job = { media, measured, name, mediatype: way.mediatype, to: sending.to }
  const { mediaId, signature } = await bring(sending, job, open, what)
  const fields = way.fields({ name, bytes: measured.bytes, mediaId }, sending.parts.desktop)
  return sendMessage(sending, {
    call: way.call,
    query: as === 'file' && sending.parts.desktop ? { ...way.query, mod: 'desktop' } : way.query,
    fields: { ...fields, ...(signature ? { Signature: signature } : {}) },
    said: { kind: as, words: as === 'file' ? name : '', md5: measured.md5, bytes: measured.bytes },
    what,
  })
}

interface Uploaded {
  readonly name: string
  readonly bytes: number
  readonly mediaId: string
}

interface Way {
  readonly mediatype: Upload['mediatype']
  readonly call: string
  readonly query: Query
  readonly fields: (file: Uploaded, desktop: boolean) => Raw
}

const async = { fun: 'async', f: 'json' }

/** `mediatype` follows from the call, not from the extension (protocol §7.1, §7.3). */
const ways: Readonly<Record<SendAs, Way>> = {
  image: {
    mediatype: 'pic',
    call: 'webwxsendmsgimg',
    query: async,
    fields: ({ mediaId }) => ({ Type: 3, MediaId: mediaId, Content: '' }),
  },
  sticker: {
    mediatype: 'doc',
    call: 'webwxsendemoticon',
    query: { fun: 'sys' },
    fields: ({ mediaId }) => ({ Type: 47, EmojiFlag: 2, MediaId: mediaId }),
  },
  video: {
    mediatype: 'video',
    call: 'webwxsendvideomsg',
    query: async,
    fields: ({ mediaId }) => ({ Type: 43, MediaId: mediaId, Content: '' }),
  },
  file: {
    mediatype: 'doc',
    call: 'webwxsendappmsg',
    query: async,
    fields: (file, desktop) => ({ Type: 6, Content: fileXml(file, desktop) }),
  },
}

/** Only the bytes tell what it is and how large. */
async function look(
  sending: Sending,
  media: MediaRef,
  open: Open,
  most: number,
): Promise<{ readonly measured: Measured; readonly as: SendAs }> {
  const measured = await measure(open, media, most, sending.signal).catch((thrown: unknown) => {
    throw translate(sending, thrown, noun(media), { harmless: true })
  })
  const { bytes, mime } = measured
  const found = sendKind({ kind: media.kind, bytes, mime }, sending.parts.limits)
  if ('as' in found) return { measured, as: found.as }
  const { refusal } = found
  if (refusal.why === 'tooLarge') throw tooLarge(media, refusal.limit)
  throw unsendable(`The ${noun(media)} was not sent: WeChat does not take ${mime}.`)
}

/** The bytes at WeChat, one way or another. Nothing of this is seen by the receiver. */
async function bring(
  sending: Sending,
  job: Upload,
  open: Open,
  what: string,
): Promise<{ readonly mediaId: string; readonly signature?: string }> {
  const { parts, live } = sending
  const { clock, random } = parts
  const signal = AbortSignal.any([sending.signal, live.ended])
  try {
    const permit = await checkUpload(live.api, job, signal)
    const mediaId =
      permit?.mediaId ||
      (await upload(
        { api: live.api, open, clock, random },
        { ...job, ...(permit ? { permit } : {}) },
        signal,
      ))
    return { mediaId, ...(permit?.signature ? { signature: permit.signature } : {}) }
  } catch (thrown) {
    throw refused(sending, thrown, what)
  }
}

/** Uploads alone were refused like an ended session before (protocol §7.3): one sync tells whether it is over. */
function refused(sending: Sending, thrown: unknown, what: string): BridgeError {
  const ret = thrown instanceof WireFault ? thrown.ret : undefined
  if (ret === undefined || !endOf(ret)) return translate(sending, thrown, what, { harmless: true })
  sending.live.poke()
  return new BridgeError(
    `The ${what} was not sent yet: WeChat refused the upload (${ret}). It is tried again.`,
    { code: 'server', heal: 'retry', certain: true },
  )
}
