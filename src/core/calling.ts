import type { ContactId } from './ids.ts'
import { nameEnd } from './mentions.ts'
import type { Mention } from './message.ts'
import type { SendBody } from './post.ts'

/** A send with those members of the group whom its very words call, for connectors that can (`features.mentions`). */
export function calling(body: SendBody, mentions: readonly Mention[] = []): SendBody {
  if (body.kind !== 'text') return body
  const { text } = body
  const called = new Set<ContactId>()
  for (const { name, who } of mentions) {
    if (who.type === 'contact' && calls(text, name)) called.add(who.contact)
  }
  return called.size > 0 ? { ...body, mentions: [...called] } : body
}

/** `@name` with what ends it: the name alone may be the beginning of another. */
const calls = (text: string, name: string): boolean =>
  text.includes(`@${name}${nameEnd}`) || text.endsWith(`@${name}`)
