import type { Content, HistoryLine } from '../../../src/core/message.ts'
import { cleanLine, cleanText } from '../text.ts'
import { child, children, parseXml, type Xml, xmlText } from '../xml.ts'
import { httpUrl } from './address.ts'
import { type App, maybe } from './app-message.ts'

/** No history has more lines than this, nested ones counted, nor more levels. What is cut is told by an ellipsis. */
const mostLines = 500
const deepest = 6

/** A merged chat history or a note: types 19 and 24 (protocol §5.6). */
export function readHistory({ xml, title, description }: App): Content | undefined {
  const record = recordOf(child(xml, 'recorditem'))
  const name = cleanLine(xmlText(record, 'title')) || title
  const budget = { left: mostLines }
  const told = linesOf(record, budget, 1)
  const lines = told.length > 0 ? told : described(description)
  return lines.length > 0 && name !== '' ? { kind: 'history', title: name, lines } : undefined
}

interface Budget {
  left: number
}

/** The record may stand there as a document, or as the text of one. */
function recordOf(node: Xml): Xml {
  const text = xmlText(node)
  const inner = text.includes('<') ? parseXml(text) : node
  return child(inner, 'recordinfo') ?? child(inner, 'recordxml', 'recordinfo')
}

function linesOf(record: Xml, budget: Budget, depth: number): HistoryLine[] {
  const lines: HistoryLine[] = []
  for (const item of children(record, 'datalist', 'dataitem')) {
    if (budget.left-- <= 0) {
      if (lines.at(-1)?.text !== '…') lines.push({ who: '', at: '', text: '…' })
      break
    }
    lines.push(lineOf(item, budget, depth))
  }
  return lines
}

function lineOf(item: Xml, budget: Budget, depth: number): HistoryLine {
  const type = Number(xmlText(item, '@_datatype'))
  const title = cleanLine(xmlText(item, 'datatitle') || xmlText(item, 'weburlitem', 'title'), 500)
  const said = cleanText(xmlText(item, 'datadesc'))
  const url = ['streamweburl', 'link', 'weburlitem/link', 'weburlitem/url']
    .map((each) => httpUrl(xmlText(item, ...each.split('/'))))
    .find((each) => each !== '')
  const nested =
    type === 17 && depth < deepest ? linesOf(nestedRecord(item), budget, depth + 1) : []
  return {
    who: cleanLine(xmlText(item, 'sourcename')),
    at: cleanLine(xmlText(item, 'sourcetime'), 60),
    ...(type === 1 ? { text: said || title } : labelled(type, placeIn(item) || title || said)),
    ...maybe('url', url ?? ''),
    ...(nested.length > 0 ? { lines: nested } : {}),
  }
}

function nestedRecord(item: Xml): Xml {
  return (
    recordOf(child(item, 'recordxml')) ??
    recordOf(child(item, 'recorditem')) ??
    child(item, 'recordinfo')
  )
}

const placeIn = (item: Xml): string =>
  cleanLine(xmlText(item, 'locitem', 'poiname') || xmlText(item, 'locitem', 'label'))

/** What is no text: its type, unless it says so itself, and its title. */
const labelled = (type: number, title: string): Pick<HistoryLine, 'text' | 'what'> =>
  title.startsWith('[') ? { text: title } : { text: title, what: types[type] ?? 'message' }

/** What a `datatype` is among the types of messages. */
const types: Readonly<Record<number, string>> = {
  2: '3',
  3: '34',
  4: '43',
  5: '49/5',
  6: '48',
  8: '49/6',
  16: '42',
  17: '49/19',
  19: '49/33',
  22: '49/51',
}

/** Without the record its preview has to do: `who: what` by lines. */
function described(description: string): HistoryLine[] {
  return description
    .split('\n')
    .slice(0, mostLines)
    .flatMap((line) => {
      const parts = /^([^:：]{1,100})[:：]([\s\S]*)$/.exec(line)
      const text = cleanText(parts?.[2] ?? line)
      return text ? [{ who: cleanLine(parts?.[1] ?? ''), at: '', text }] : []
    })
}
