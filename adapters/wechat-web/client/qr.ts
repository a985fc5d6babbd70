import { toBuffer, toString as toText } from 'qrcode'

/** A login code to show: its text, a PNG, and blocks for a terminal. A phone must scan it live (protocol §2.1). */
export interface QrCode {
  readonly url: string
  readonly png: Uint8Array
  readonly blocks: string
}

/** `invert`: for terminals with dark letters on light. Made here; nothing is asked. */
export async function qrOf(url: string, invert = false): Promise<QrCode> {
  const [png, blocks] = await Promise.all([
    toBuffer(url, { errorCorrectionLevel: 'L' }),
    toText(url, { type: 'utf8', errorCorrectionLevel: 'L' }),
  ])
  return { url, png, blocks: invert ? turned(blocks) : blocks }
}

/** Full for empty, upper for lower. */
function turned(blocks: string): string {
  const other: Readonly<Record<string, string>> = { ' ': '█', '█': ' ', '▀': '▄', '▄': '▀' }
  return blocks.replace(/[ █▀▄]/g, (each) => other[each] ?? each)
}
