import { type Json, record, text } from './json.ts'

/**
 * An event has at most 65536 bytes, of which the homeserver needs some for what it adds (who came before, its signature):
 * a content of so many bytes fits in any case.
 */
const largest = 60_000
/** What clients that know nothing of changes are shown of a long one. */
const longestFallback = 1000
const mostCalled = 100

/**
 * A content that fits into an event. What it says is never cut; what says the same once more goes first: in a change the
 * words for old clients, then the markup, then those that are called beyond the first {@link mostCalled}.
 */
export function fittingContent(content: Json): Json {
  const ways = [withoutFallback, withoutMarkup, withFewCalled]
  return ways.reduce((now, less) => (sizeOf(now) > largest ? less(now) : now), content)
}

const sizeOf = (content: Json): number => Buffer.byteLength(JSON.stringify(content))

function withoutFallback(content: Json): Json {
  if (!record(content['m.new_content'])) return content
  const { format: _, formatted_body: __, ...bare } = content
  const body = text(content.body) ?? ''
  if (body.length <= longestFallback) return bare
  return { ...bare, body: `${body.slice(0, longestFallback).toWellFormed()}…` }
}

const withoutMarkup = (content: Json): Json =>
  both(content, ({ format: _, formatted_body: __, ...bare }) => bare)

const withFewCalled = (content: Json): Json =>
  both(content, (one) => {
    const mentions = record(one['m.mentions'])
    const users = mentions?.user_ids
    if (!Array.isArray(users)) return one
    return { ...one, 'm.mentions': { ...mentions, user_ids: users.slice(0, mostCalled) } }
  })

/** Also in what it is from now on, where it is a change. */
function both(content: Json, change: (content: Json) => Json): Json {
  const next = record(content['m.new_content'])
  return change(next ? { ...content, 'm.new_content': change(next) } : content)
}
