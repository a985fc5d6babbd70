import { Hono } from 'hono'
import type { DoorRecord } from '../../src/core/door.ts'
import { doorTable } from '../../src/core/door-words.ts'
import type { Language } from '../../src/core/words.ts'

/** A way into WeChat, as `wechat.connector` names it, and what it can do. */
export interface Way {
  readonly name: string
  readonly record: DoorRecord
}

/** `ways`: what each way into WeChat can do, costs and risks, in rows beside each other. */
export function waysRoutes(
  ways: readonly Way[],
  languageOf: (asked: string | undefined, accepted: string | undefined) => Language,
): Hono {
  return new Hono().get('/ways', (c) =>
    c.json(doorTable(ways, languageOf(c.req.query('language'), c.req.header('accept-language')))),
  )
}
