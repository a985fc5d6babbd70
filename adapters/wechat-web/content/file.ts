import type { Content } from '../../../src/core/message.ts'
import { number, text } from '../raw.ts'
import { cleanLine } from '../text.ts'
import { xmlText } from '../xml.ts'
import { type App, maybe } from './app-message.ts'
import { mediaOf } from './media.ts'
import { unsupported } from './unsupported.ts'

/** A file: type 6 (protocol §5.6, §6.4). One without bytes to fetch is a line for the phone. */
export function readFile(app: App): Content {
  const { raw, from } = app.message
  const fileName = fileNameOf(app)
  const mediaId = text(raw.MediaId)
  const bytes = number(raw.FileSize)
  if (mediaId === '' || !Number.isSafeInteger(bytes) || bytes <= 0) {
    return unsupported(app.message, 6, fileName)
  }
  const token = {
    mediaId,
    encryFileName: text(raw.EncryFileName),
    fileName,
    sender: from,
    bytes,
  }
  const media = mediaOf(
    app.message,
    'file',
    { mime: mimeOf(fileName), name: fileName, bytes },
    token,
  )
  return { kind: 'file', media }
}

/** A file that is still on its way: type 74; the file itself follows. */
export function readFileNotice(app: App): Content {
  return unsupported(app.message, 74, fileNameOf(app))
}

/** A picture from an app: type 2. */
export function readAppPicture({ message, source }: App): Content {
  return { kind: 'image', media: mediaOf(message, 'image'), ...maybe('via', source) }
}

/** A moving picture from an app: type 8. */
export function readAppSticker({ message, source }: App): Content {
  return { kind: 'sticker', media: mediaOf(message, 'sticker'), ...maybe('via', source) }
}

/** The title of the XML is whole; the field may be cut. Where a name is wanted there always is one. */
function fileNameOf({ title, xml }: App): string {
  const extension = cleanLine(xmlText(xml, 'appattach', 'fileext'), 20)
  return title || (/^[A-Za-z0-9]+$/.test(extension) ? `file.${extension}` : 'file')
}

const mimes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
}

function mimeOf(fileName: string): string {
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase()
  return Object.hasOwn(mimes, extension) ? (mimes[extension] ?? '') : 'application/octet-stream'
}
