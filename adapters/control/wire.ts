import { z } from 'zod'

// What goes over the control socket, as JSON. Texts are for people: one line, without control characters, short.

const time = z.number()
const count = z.number().int()

const used = z.object({ used: count, of: count })

const login = z.object({
  state: z.enum(['scan', 'scanned', 'online', 'offline', 'stopped']),
  name: z.string().optional(),
  /** Why it is offline, as a sentence. */
  why: z.string().optional(),
})

const allowance = z.object({
  minute: used,
  hour: used,
  day: used,
  /** An account that is new here may send less. */
  newcomer: z.boolean(),
  /** Nothing goes out before then: WeChat said that it is too often. */
  pausedUntil: time.optional(),
  /** About when all that waits will have gone out. */
  emptyAt: time.optional(),
})

/** How things stand. Times are milliseconds since 1970. */
export const standing = z.object({
  login,
  /** Each way into WeChat by its name, where there are several: then `login` is one of them, and `allowance` is here. */
  doors: z.array(z.object({ door: z.string(), login, allowance: allowance.optional() })).optional(),
  /** What is on its way. `since`: when the one that waits longest was enqueued. */
  lanes: z.array(z.object({ lane: z.string(), waiting: count, since: time.optional() })),
  /** What waits for a person's word. */
  dead: count,
  /** What was sent to WeChat in the last minute, hour and day, and how much may be; for an account that is online. */
  allowance: allowance.optional(),
  /** The store cannot write, and why. */
  fault: z.string().optional(),
  /** The newest copy that the bridge made of its database. */
  copy: z.object({ at: time, path: z.string() }).optional(),
  restoredAt: time.optional(),
  /** Those who have an account here beside the first person. `unknown`: their part does not run, and why. */
  people: z
    .array(
      z.object({
        user: z.string(),
        state: z.enum(['scan', 'scanned', 'online', 'offline', 'stopped', 'unknown']),
        waiting: count,
        dead: count,
        why: z.string().optional(),
      }),
    )
    .optional(),
})
export type Standing = z.infer<typeof standing>

/** A delivery that waits for a person's word. */
export const letter = z.object({
  seq: count,
  state: z.enum(['dead', 'unknown', 'held']),
  towards: z.enum(['wechat', 'hub']),
  /** Which hub, or which account. */
  lane: z.string(),
  /** The chat it belongs to. */
  chat: z.string(),
  what: z.string(),
  why: z.string().optional(),
  since: time,
})
export type Letter = z.infer<typeof letter>
export const letters = z.array(letter)

/** One delivery by its number, or all that may be taken together. */
export const which = z.union([z.number().int().min(1), z.literal('all')])
export type Which = z.infer<typeof which>

/** How many were done; how many of all were left, because each of them wants a word of its own. */
export const outcome = z.object({ done: count, left: count })
export type Outcome = z.infer<typeof outcome>

export const refusal = z.object({
  message: z.string(),
  code: z.enum(['refused', 'gone', 'server', 'bug']),
})

/** The most letters in one answer. */
export const pageSize = 200
