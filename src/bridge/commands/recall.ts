import type { Tools, Verbs } from './verb.ts'

/** What a recall does in the rooms of one chat. */
export function recallVerbs(_tools: Tools): Verbs {
  return {}
}
