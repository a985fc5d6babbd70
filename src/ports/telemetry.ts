/** Fields of a log line. Never bodies, names of people, tokens or cookies. */
export type Fields = Readonly<Record<string, unknown>>

export interface Log {
  debug(fields: Fields, text: string): void
  info(fields: Fields, text: string): void
  warn(fields: Fields, text: string): void
  error(fields: Fields, text: string): void
}

/** The named points of a delivery (architecture §15), in the order they are passed. */
export type Point =
  | 'beforeAccept'
  | 'afterAccept'
  | 'afterSending'
  | 'afterSend'
  | 'beforeReceipt'
  | 'makingRoom'

/** Told at each point; `about` is a message id or key. */
export type Trace = (point: Point, about: string) => void
