/** What bytes are, by how they begin; the server calls everything a JPEG (protocol §6.1). Undefined: unknown. */
export function sniff(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 64)).toString('latin1')
  return magics.find(([, magic]) => magic.test(start))?.[0]
}

/**
 * The mime of bytes: what they show, else what was claimed, else what the name says. A container that says more by
 * its name (an office document is a zip) keeps that.
 */
export function mimeOf(head: Uint8Array, claimed: string, name: string | undefined): string {
  const seen = sniff(head)
  const told = [claimed, mimeOfName(name ?? '')].find((each) => each && each !== unknown) ?? unknown
  if (seen === undefined) return told
  return seen === 'application/zip' && zipped.test(told) ? told : seen
}

/** A claimed mime without its parameters; what is none, and could break a header, is an unknown one. */
export function plainMime(claimed: string): string {
  const mime = claimed.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[a-z0-9][\w.+-]{0,99}\/[a-z0-9][\w.+-]{0,99}$/.test(mime) ? mime : unknown
}

/** The mime a file's extension stands for. */
export function mimeOfName(name: string): string | undefined {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase()
  return table.find(([, ...extensions]) => extensions.some((each) => each === extension))?.[0]
}

/** The extension, without its dot, that files of this mime have. */
export function extensionOf(mime: string): string {
  return table.find(([each]) => each === mime)?.[1] ?? 'bin'
}

const unknown = 'application/octet-stream'
const zipped = /openxmlformats|opendocument|epub|android|java-archive/

const magics: readonly [string, RegExp][] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['image/bmp', /^BM.{4}\0{4}/s],
  ['image/heic', /^[\s\S]{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)/],
  ['image/avif', /^[\s\S]{4}ftypavi[fs]/],
  ['audio/mp4', /^[\s\S]{4}ftypM4[AB]/],
  ['video/quicktime', /^[\s\S]{4}ftypqt/],
  ['video/mp4', /^[\s\S]{4}ftyp/],
  ['video/webm', /^.E\xdf\xa3.*webm/s],
  ['video/x-matroska', /^.E\xdf\xa3/s],
  ['video/x-msvideo', /^RIFF[\s\S]{4}AVI /],
  ['audio/wav', /^RIFF[\s\S]{4}WAVE/],
  ['audio/amr', /^#!AMR/],
  ['audio/silk', /^.?#!SILK/s],
  ['audio/mpeg', /^(?:ID3|\xff[\xfb\xfa\xf3\xf2])/],
  ['audio/aac', /^\xff[\xf1\xf9]/],
  ['audio/ogg', /^OggS/],
  ['audio/flac', /^fLaC/],
  ['application/pdf', /^%PDF-/],
  ['application/zip', /^PK(?:\cC\cD|\cE\cF)/],
  ['application/vnd.rar', /^Rar!\cZ\cG/],
  ['application/x-7z-compressed', /^7z\xbc\xaf'/],
  ['application/gzip', /^.\x8b\cH/s],
]

const office = 'application/vnd.openxmlformats-officedocument'

/** Mimes with their extensions, the usual one first. */
const table: readonly (readonly [string, ...string[]])[] = [
  ['image/jpeg', 'jpg', 'jpeg'],
  ['image/png', 'png'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/bmp', 'bmp'],
  ['image/heic', 'heic', 'heif'],
  ['image/avif', 'avif'],
  ['image/svg+xml', 'svg'],
  ['image/tiff', 'tiff', 'tif'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg', 'ogg', 'oga', 'opus'],
  ['audio/wav', 'wav'],
  ['audio/flac', 'flac'],
  ['audio/aac', 'aac'],
  ['audio/amr', 'amr'],
  ['audio/silk', 'silk', 'slk'],
  ['video/mp4', 'mp4', 'm4v'],
  ['video/quicktime', 'mov'],
  ['video/webm', 'webm'],
  ['video/x-matroska', 'mkv'],
  ['video/x-msvideo', 'avi'],
  ['application/pdf', 'pdf'],
  ['application/msword', 'doc'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.ms-powerpoint', 'ppt'],
  [`${office}.wordprocessingml.document`, 'docx'],
  [`${office}.spreadsheetml.sheet`, 'xlsx'],
  [`${office}.presentationml.presentation`, 'pptx'],
  ['application/vnd.oasis.opendocument.text', 'odt'],
  ['application/epub+zip', 'epub'],
  ['application/vnd.android.package-archive', 'apk'],
  ['application/java-archive', 'jar'],
  ['application/zip', 'zip'],
  ['application/vnd.rar', 'rar'],
  ['application/x-7z-compressed', '7z'],
  ['application/gzip', 'gz', 'tgz'],
  ['application/x-tar', 'tar'],
  ['application/json', 'json'],
  ['application/xml', 'xml'],
  ['text/plain', 'txt', 'log', 'md'],
  ['text/csv', 'csv'],
  ['text/html', 'html', 'htm'],
  ['text/calendar', 'ics'],
  ['text/vcard', 'vcf'],
]
