/**
 * The words of a command, if a text is one: what stands behind `!wx`, in any case, and with the exclamation mark that
 * a Chinese keyboard writes. None for `!wx` alone.
 */
export function commandWords(text: string): readonly string[] | undefined {
  const [first = '', ...words] = text.split(/\s+/u).filter((word) => word !== '')
  return /^[!！]wx$/i.test(first) ? words : undefined
}
