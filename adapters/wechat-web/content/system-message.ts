import type { Content } from '../../../src/core/message.ts'
import { cleanLine, cleanText } from '../text.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import { readGroupCall } from './call.ts'
import type { Incoming } from './incoming.ts'
import { readPat } from './pat.ts'
import { looseRecall, readRecall } from './recall.ts'
import { templateWords } from './template.ts'

type Reader = (message: Incoming, sysmsg: Xml) => Content | undefined

/** By the `type` of the `<sysmsg>` (protocol §5.7), whose spelling is WeChat's. */
const table: Readonly<Record<string, Reader>> = {
  revokemsg: recall,
  pat: (message, sysmsg) => readPat(message, child(sysmsg, 'pat')),
  sysmsgtemplate: readTemplate,
  roomtoolstips: (_, sysmsg) => note(roomTool(sysmsg)),
  mmchatroombarannouncememt: (_, sysmsg) => {
    const told = child(sysmsg, 'mmchatroombarannouncememt')
    const text = wordsIn(told, 20_000)
    const isEmptied = !text && child(told, 'content') !== undefined
    return text || isEmptied ? { kind: 'announcement', text } : undefined
  },
  multivoip: (_, sysmsg) => readGroupCall(wordsIn(child(sysmsg, 'multivoip')) || wordsIn(sysmsg)),
  delchatroommember: (message, sysmsg) => {
    const text = wordsIn(child(sysmsg, 'delchatroommember')) || wordsIn(sysmsg)
    if (!text) return undefined
    return message.group ? { kind: 'system', text, changed: message.changed } : note(text)
  },
}

/** Reads MsgType 10002: what it is tells its type, never its words. Always something. */
export function readSystemMessage(message: Incoming): Content {
  const sysmsg = child(contentXml(message.payload), 'sysmsg')
  if (sysmsg === undefined) {
    return looseRecall(message.payload) ?? line('')
  }
  const type = xmlText(sysmsg, '@_type')
  const known = Object.hasOwn(table, type) ? table[type] : undefined
  const isRecall = type === '' && child(sysmsg, 'revokemsg') !== undefined
  const content = isRecall ? recall(message, sysmsg) : known?.(message, sysmsg)
  return content ?? note(wordsIn(sysmsg) || wordsIn(child(sysmsg, type))) ?? line(type)
}

/** A document that swallowed its own ids may still show them to one who only looks for them. */
function recall(message: Incoming, sysmsg: Xml): Content {
  const read = readRecall(child(sysmsg, 'revokemsg'))
  if (read.target.aliases.length > 0) return read
  const loose = looseRecall(message.payload)
  return loose && loose.target.aliases.length > 0 ? loose : read
}

/** About a group's members; between two people only some words. */
function readTemplate(message: Incoming, sysmsg: Xml): Content | undefined {
  const text = templateWords(child(sysmsg, 'sysmsgtemplate'))
  if (!text) return undefined
  return message.group ? { kind: 'system', text, changed: message.changed } : note(text)
}

function roomTool(sysmsg: Xml): string {
  const todo = child(sysmsg, 'roomtoolstips', 'todo') ?? child(sysmsg, 'todo')
  const words = cleanText(xmlText(todo, 'template'), 1000)
  return (words.includes('${') ? '' : words) || cleanText(xmlText(todo, 'title'), 1000)
}

function note(text: string): Content | undefined {
  return text ? { kind: 'note', text } : undefined
}

const line = (type: string): Content => ({
  kind: 'unsupported',
  type: `10002/${cleanLine(type, 60)}`,
  summary: '',
})

/** Any words meant for people, wherever they stand. */
function wordsIn(xml: Xml, limit = 1000): string {
  for (const name of ['replacemsg', 'plain', 'content', 'text', 'template', 'wording', 'title']) {
    const found = cleanText(xmlText(xml, name), limit)
    if (found && !found.startsWith('<')) return found
  }
  return ''
}
