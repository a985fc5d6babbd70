import type { Content } from '../../../src/core/message.ts'
import { cleanLine, isChinese } from '../text.ts'
import { child, type Xml, xmlText } from '../xml.ts'
import type { App } from './app-message.ts'
import type { Incoming } from './incoming.ts'

/** A pat as a `<sysmsg type="pat">` (protocol §5.7). Undefined: it says nothing. */
export function readPat(message: Incoming, xml: Xml): Content | undefined {
  const template = cleanLine(xmlText(xml, 'template') || xmlText(xml, 'templete'), 1000)
  if (!template) return undefined
  const chat = xmlText(xml, 'chatusername')
  return { kind: 'pat', text: filled(message, template, chat) }
}

/** A pat as an app message, type 62: the last of its records speaks. */
export function readAppPat({ message, xml, title }: App): Content | undefined {
  const pat = child(xml, 'patMsg')
  const record = child(pat, 'records', 'record')
  const template = cleanLine(xmlText(record, 'templete') || xmlText(record, 'template'), 1000)
  const text = template ? filled(message, template, xmlText(pat, 'chatUser')) : title
  return text ? { kind: 'pat', text } : undefined
}

/** Real ids in the template (`${wxid_a}`) become names; one that nobody knows stays. */
function filled(message: Incoming, template: string, chat: string): string {
  return cleanLine(
    template.replace(/\$\{([^{}]{1,128})\}/g, (_, id) => nameOf(message, id, chat, template)),
    1000,
  )
}

function nameOf(message: Incoming, id: string, chat: string, template: string): string {
  const known = message.nameOf(id)
  if (known) return cleanLine(known)
  if (message.group || !chat) return id
  // A private chat has two people in it: who is not the other one is oneself.
  if (id === chat) return message.peer
  return isChinese(template) ? '我' : 'me'
}
