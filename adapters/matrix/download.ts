import type { HubId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { gifFromApng, isApng } from '../convert/apng.ts'
import { createConverter } from '../convert/converter.ts'
import { pictureFrom } from '../convert/picture.ts'
import type { Made } from '../convert/whole.ts'
import { conversionIn } from './attachment.ts'
import { interrupted } from './homeserver.ts'
import type { MediaRepository } from './media.ts'

export interface DownloadParts {
  readonly media: Pick<MediaRepository, 'download'>
  readonly hub: HubId
  readonly log: Log
}

/**
 * Opens what `attachment` named, as what WeChat takes. What cannot be converted is opened as it is, so that at least a file
 * arrives. Throws a BridgeError.
 */
export function createDownload({ media: from, hub, log }: DownloadParts): HubAdapter['download'] {
  const stopping = () => interrupted({ what: 'convert media for WeChat' }, undefined)
  const converter = createConverter({ hub, log, stopping })

  const made = async (media: MediaRef, bytes: Uint8Array, signal: AbortSignal): Promise<Made> => {
    const moving = isApng(bytes) && (await converter.tried(media, signal, () => gifFromApng(bytes)))
    return moving || pictureFrom(bytes)
  }

  return (media, signal) => {
    const become = conversionIn(media)
    if (!become) return from.download(media, signal)
    const fetch = async (until: AbortSignal) => {
      // What the client claimed of it says more than a homeserver that was told nothing.
      const opened = await from.download(media, until)
      return opened.mime === 'application/octet-stream' ? { ...opened, mime: become.mime } : opened
    }
    return become.convert === 'mp3'
      ? converter.recording(media, fetch, signal)
      : converter.picture(media, fetch, (bytes) => made(media, bytes, signal), signal)
  }
}
