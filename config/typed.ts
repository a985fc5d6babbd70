import { z } from 'zod'
import { readYaml, type YamlProblem } from './yaml-text.ts'

/** A value of the environment or a flag, as its option means it; or what is wrong with it. */
export type Typed = { readonly value: unknown } | { readonly problem: YamlProblem }

/**
 * Environment and flags give text. What it means depends on the option: `2.0` is a number here, a version there. A map
 * or a list is written as YAML or JSON has it in one line: `{name: value}`, `[one, two]`.
 */
export function typed(text: string, allowed: z.ZodType): Typed {
  if (allowed instanceof z.ZodRecord || allowed instanceof z.ZodArray) {
    const { value, problems } = readYaml(text)
    const [problem] = problems
    return problem ? { problem } : { value }
  }
  const read = scalar(text)
  const isText = !allowed.safeParse(read).success && allowed.safeParse(text).success
  return { value: isText ? text : read }
}

/** Numbers, true, false and null are read as such, written as YAML has them. */
function scalar(text: string): unknown {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text)
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  return /^(null|Null|NULL)$/.test(text) ? null : text
}
