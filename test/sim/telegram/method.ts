/** A file of a request, whole: the simulator is no place for large ones. */
export interface Uploaded {
  readonly field: string
  readonly name: string
  readonly mime: string
  readonly bytes: Buffer
}

/** One call, whichever way its parameters came. Values are as they came: text, or what JSON said. */
export interface Call {
  /** In the spelling of the documentation. */
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** By the name of their part, which `attach://NAME` refers to. */
  readonly files: ReadonlyMap<string, Uploaded>
}

/** An answer of `{ok: false}`: the HTTP status is the code. */
export class ApiError extends Error {
  readonly code: number
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  constructor(code: number, description: string, parameters?: Record<string, unknown>) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

export const bad = (description: string): ApiError =>
  new ApiError(400, `Bad Request: ${description}`)

/** What a call was and what became of it, for assertions; in the order in which they were answered. */
export interface Entry {
  readonly at: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly ok: boolean
  readonly code?: number
  readonly description?: string
  readonly result?: unknown
}
