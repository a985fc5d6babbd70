import { givenEntities, type Marked } from './entities.ts'
import { parseHtml } from './html.ts'
import { parseMarkdown, parseMarkdownV2 } from './markdown.ts'
import { MarkupError } from './markup-error.ts'
import { bad, type Call } from './method.ts'
import { list, text } from './params.ts'

/**
 * A text of a call (`text` or `caption`) with what is marked in it, by `parse_mode` or by its list of entities; as it
 * was given, not yet cleaned. `source`: an album's member, which has its own.
 */
export function markedOf(
  source: Pick<Call, 'params'>,
  name: 'text' | 'caption' | 'question' | 'quote',
): Marked {
  const call = { method: '', files: new Map(), params: source.params }
  const value = text(call, name) ?? ''
  const field = name === 'text' ? 'entities' : `${name}_entities`
  const mode = name === 'quote' || name === 'question' ? `${name}_parse_mode` : 'parse_mode'
  return (
    parsed(value, text(call, mode)) ?? {
      text: value,
      entities: givenEntities(list(call, field) ?? []),
    }
  )
}

function parsed(value: string, mode: string | undefined): Marked | undefined {
  try {
    switch (mode?.toLowerCase()) {
      case undefined:
      case 'none':
        return undefined
      case 'html':
        return parseHtml(value)
      case 'markdownv2':
        return parseMarkdownV2(value)
      case 'markdown':
        return parseMarkdown(value)
    }
  } catch (error) {
    if (error instanceof MarkupError) throw bad(`can't parse entities: ${error.message}`)
    throw error
  }
  throw bad('unsupported parse_mode')
}
