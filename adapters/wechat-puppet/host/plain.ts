/** Anything as plain data: what is no JSON is left out, what cannot be written at all is undefined. */
export function plain(value: unknown): unknown {
  if (value === undefined) return undefined
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null')
  } catch {
    return undefined
  }
}

/** Where an error came from, without its words: they may be somebody's message. */
export function trace(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown
  const frame = thrown.stack?.split('\n').find((line) => /^\s+at /.test(line))
  const file = /([\w.-]+\/[\w.-]+:\d+):\d+\)?$/.exec(frame ?? '')?.[1]
  return `${thrown.name}${file === undefined ? '' : ` at ${file}`}`
}
