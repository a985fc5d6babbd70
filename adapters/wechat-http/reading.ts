import type { z } from 'zod'

/** How deep JSON may be nested: the protocol's own is seven deep. */
const deepest = 40

/** JSON, or why it is none. Nesting that would break what walks it later is refused before it is built. */
export function readJson(text: string): { readonly value: unknown } | { readonly why: string } {
  if (isTooDeep(text)) return { why: `nested more than ${deepest} deep` }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { why: 'not JSON' }
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at)
    if (inText) {
      if (sign === 0x5c) at += 1
      else if (sign === 0x22) inText = false
    } else if (sign === 0x22) inText = true
    else if (sign === 0x7b || sign === 0x5b) {
      depth += 1
      if (depth > deepest) return true
    } else if (sign === 0x7d || sign === 0x5d) depth -= 1
  }
  return false
}

/** The first thing that is wrong, with where it is: `message.from.id: is a number: …`. */
export function whyNot(error: z.ZodError): string {
  const [first] = error.issues
  return first ? said(first, []) : 'not as the protocol says'
}

type Issue = z.core.$ZodIssue

function said(issue: Issue, above: readonly PropertyKey[]): string {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative that fitted furthest is the one that was meant.
    const alternatives = issue.errors.map(([first]) => first).filter((each) => each !== undefined)
    const [best] = alternatives.sort((a, b) => b.path.length - a.path.length)
    if (best && best.path.length > 0) return said(best, path)
    return `${at(path)}: ${alternatives.map((each) => each.message).join('; or ')}`
  }
  return `${at(path)}: ${issue.message}`
}

/** Names come from outside: short, and plain. */
function at(path: readonly PropertyKey[]): string {
  const names = path.map((each) =>
    String(each)
      .replace(/[^\w.-]/g, '?')
      .slice(0, 60),
  )
  return names.length > 0 ? names.join('.') : 'the whole'
}

export type Tree = Readonly<Record<string, unknown>>

/** An object, or nothing. */
export function tree(value: unknown): Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Tree) : {}
}
