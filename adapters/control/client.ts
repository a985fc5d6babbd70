import { connect } from 'node:net'
import { Client } from 'undici'
import type { z } from 'zod'
import { noAnswer, otherVersion, toldNo } from './failures.ts'
import type { Operator } from './operator.ts'
import { letters, outcome, refusal, standing } from './wire.ts'

/** A running bridge, asked over its socket. */
export interface Remote extends Operator {
  of: NonNullable<Operator['of']>
  close(): Promise<void>
}

/** How long an answer may take, in milliseconds. All dead letters at once are many transactions. */
const patience = 15_000
const longPatience = 10 * 60_000

/** Undefined: no bridge listens there. */
export async function connectControl(path: string): Promise<Remote | undefined> {
  if (!(await listens(path))) return undefined
  const client = new Client('http://bridge', { socketPath: path, connectTimeout: 5_000 })
  const ask = async <T>(
    shape: z.ZodType<T>,
    method: 'GET' | 'POST',
    where: string,
    body?: unknown,
  ): Promise<T> => {
    const timeout = method === 'GET' ? patience : longPatience
    const { statusCode, text } = await client
      .request({
        method,
        path: where,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      .then(async (answer) => ({
        statusCode: answer.statusCode,
        text: await answer.body.text(),
      }))
      .catch((error: unknown) => {
        throw noAnswer(path, error)
      })
    return read(shape, statusCode, text)
  }
  // In the path: a bridge that knows of one person only must not take it for a word about that one.
  const about = (person: string): Pick<Operator, 'letters' | 'retry' | 'drop'> => ({
    letters: (limit, before) => {
      const query = new URLSearchParams({
        limit: String(limit),
        ...(before !== undefined && { before: String(before) }),
      })
      return ask(letters, 'GET', `${person}/dead?${query}`)
    },
    retry: (which) => ask(outcome, 'POST', `${person}/retry`, which),
    drop: (which) => ask(outcome, 'POST', `${person}/drop`, which),
  })
  return {
    standing: () => ask(standing, 'GET', '/status'),
    ...about(''),
    of: async (user) => about(`/people/${encodeURIComponent(user)}`),
    close: () => client.destroy(),
  }
}

function read<T>(shape: z.ZodType<T>, status: number, text: string): T {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw otherVersion(error)
  }
  if (status === 200) {
    const checked = shape.safeParse(body)
    if (!checked.success) throw otherVersion(checked.error)
    return checked.data
  }
  const no = refusal.safeParse(body)
  if (!no.success) throw otherVersion(no.error)
  throw toldNo(no.data.message, no.data.code)
}

/** A bridge that was killed leaves its file: only who takes the call is there. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
