import { fileTypeFromBuffer } from 'file-type'

/** How much of the beginning tells what bytes are. */
export const headBytes = 4_100

export const unknownMime = 'application/octet-stream'

/** What bytes are, by how they begin. Undefined: that cannot be told. */
export async function sniff(head: Uint8Array): Promise<string | undefined> {
  // WeChat's voice format, which nobody else knows.
  if (/^.?#!SILK/s.test(Buffer.from(head.subarray(0, 8)).toString('latin1'))) return 'audio/silk'
  try {
    const seen = (await fileTypeFromBuffer(head))?.mime
    // With its codecs, which no table knows; and of sound or pictures, nobody knows which.
    return seen === undefined || seen === 'application/ogg' ? undefined : plainMime(seen)
  } catch {
    return undefined
  }
}

/** A claimed mime without its parameters; what is none, and could break a header, is an unknown one. */
export function plainMime(claimed: string): string {
  const mime = claimed.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[a-z0-9][\w.+-]{0,99}\/[a-z0-9][\w.+-]{0,99}$/.test(mime) ? mime : unknownMime
}

/** The mime a file of this name is likely to be. */
export function mimeOfName(name: string): string {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return table.get(extension) ?? unknownMime
}

/** The extension, with its dot, that files of this mime have; '' where nobody knows. */
export function extensionOf(mime: string): string {
  const found = [...table].find(([, each]) => each === mime)?.[0]
  return found === undefined ? '' : `.${found}`
}

const office = 'application/vnd.openxmlformats-officedocument'
const table: ReadonlyMap<string, string> = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['mp3', 'audio/mpeg'],
  ['m4a', 'audio/mp4'],
  ['ogg', 'audio/ogg'],
  ['wav', 'audio/wav'],
  ['amr', 'audio/amr'],
  ['silk', 'audio/silk'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['pdf', 'application/pdf'],
  ['doc', 'application/msword'],
  ['xls', 'application/vnd.ms-excel'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['docx', `${office}.wordprocessingml.document`],
  ['xlsx', `${office}.spreadsheetml.sheet`],
  ['pptx', `${office}.presentationml.presentation`],
  ['zip', 'application/zip'],
  ['rar', 'application/vnd.rar'],
  ['7z', 'application/x-7z-compressed'],
  ['json', 'application/json'],
  ['txt', 'text/plain'],
  ['md', 'text/plain'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
])
