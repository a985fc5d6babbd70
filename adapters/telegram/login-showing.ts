/** What is to be seen of a login: nothing, a code (as a hash of it), or that it was scanned; and where. */
export interface Showing {
  readonly shown: string
  readonly message?: {
    readonly chat: string
    readonly number: number
    /** The code itself; else but a line of text. */
    readonly isPhoto: boolean
  }
}

export const showingText = (showing: Showing): string => JSON.stringify(showing)

/** What was kept; nothing where that cannot be read. */
export function readShowing(json: string | undefined): Showing {
  const entry = object(json === undefined ? undefined : parsed(json))
  const message = object(entry?.message)
  const { chat, number, isPhoto } = message ?? {}
  const isMessage = typeof chat === 'string' && /^-?\d+$/.test(chat) && typeof number === 'number'
  return {
    shown: typeof entry?.shown === 'string' ? entry.shown : '',
    ...(isMessage && { message: { chat, number, isPhoto: isPhoto === true } }),
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const object = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
