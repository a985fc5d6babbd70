/** FNV-1a, for what is only ever compared: short, and says nothing about the text itself. '' stays ''. */
export function fingerprint(text: string): string {
  if (text === '') return ''
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(36)
}
