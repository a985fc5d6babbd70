import type { HistoryLine } from './shared.ts'
import { xmlValue } from './text.ts'

/** The document inside `recorditem` (protocol §5.6); a history within a history is one more of them. */
export function historyXml(title: string, lines: readonly HistoryLine[]): string {
  const items = lines.map((line, index) => item(line, index))
  const shown = lines.map(({ name, text }) => `${name}: ${text}`).join('\n')
  return (
    `<recordinfo><title>${xmlValue(title)}</title><desc>${xmlValue(shown)}</desc>` +
    `<datalist count="${lines.length}">${items.join('')}</datalist></recordinfo>`
  )
}

function item({ name, time, text, type = 'text', lines }: HistoryLine, index: number): string {
  const nested = lines ? `<recordxml>${historyXml(text, lines)}</recordxml>` : ''
  const title = lines || type !== 'text' ? `<datatitle>${xmlValue(text)}</datatitle>` : ''
  return (
    `<dataitem datatype="${lines ? NESTED : TYPES[type]}" dataid="${index}"><sourcename>${xmlValue(name)}</sourcename>` +
    `<sourcetime>${xmlValue(time)}</sourcetime>${title}<datadesc>${xmlValue(text)}</datadesc>${nested}</dataitem>`
  )
}

const NESTED = 17
const TYPES = { text: 1, image: 2, video: 4, link: 5, location: 6, file: 8 } as const
