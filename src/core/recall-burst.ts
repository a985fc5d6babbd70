import type { Message } from './message.ts'
import type { Body, HubFeatures } from './post.ts'
import { recalledFrom, unknown } from './recall.ts'
import { openly, senderName } from './render.ts'
import { richOf, unformatted } from './rich.ts'
import type { Rich, Run } from './runs.ts'
import type { Voice } from './words.ts'
import { moment } from './words.ts'

/** A recall, and what it takes back, as far as that is known. */
export interface Recalled {
  readonly recall: Message
  readonly original: Message | undefined
}

/** A notice of one recall or several. The first run of several is the head, which counts them. */
export interface Told {
  readonly body: Extract<Body, { readonly kind: 'text' | 'notice' }>
  readonly count: number
  /** The recall it began with. */
  readonly first: Recalled
}

/**
 * A notice of recalls with one more, of the same person, told in it: each original on a line of its own, behind the
 * time at which it was said. Undefined: it would be longer than the hub takes.
 */
export function oneMore(
  { body, count, first }: Told,
  next: Recalled,
  { text: { format, limit } }: HubFeatures,
  voice: Voice,
): Told['body'] | undefined {
  const before = count === 1 ? line(first, voice, format) : body.text.slice(1)
  const text: Rich = [
    head(next.recall, count + 1, voice),
    ...before,
    format === 'html' ? { text: '\n', quote: true } : { text: '\n' },
    ...line(next, voice, format),
  ]
  return lengthOf(text) > limit ? undefined : { kind: body.kind, text }
}

function head({ sender }: Message, count: number, { language }: Voice): Run {
  const who = senderName(sender, language)
  return {
    text: { zh: `${who}撤回了 ${count} 条消息\n`, en: `${who} recalled ${count} messages\n` }[
      language
    ],
  }
}

function line({ recall, original }: Recalled, voice: Voice, format: 'html' | 'plain'): Rich {
  const said = original ? lineOf(recall, original, voice) : lineOfUnknown(recall, voice)
  if (format === 'html') return said.map((run) => ({ ...run, quote: true as const }))
  return unformatted(said).map(({ text }) => ({ text: text.replace(/^/gm, '> ') }))
}

function lineOf(recall: Message, original: Message, voice: Voice): Rich {
  const { language } = voice
  const whose = recalledFrom(recall, original, language)
  const time = moment(original.at, recall.at, voice)
  const lead =
    whose === undefined ? time : { zh: `${time} ${whose}：`, en: `${time} ${whose}:` }[language]
  return [{ text: `${lead} `, bold: true }, ...richOf(openly(original), language)]
}

const lineOfUnknown = (recall: Message, voice: Voice): Rich => [
  {
    text: {
      zh: `（撤回 ${moment(recall.at, recall.at, voice)}，${unknown(recall).zh}）`,
      en: `(recalled ${moment(recall.at, recall.at, voice)}. ${unknown(recall).en}.)`,
    }[voice.language],
  },
]

/** As `fit` counts: an address stands beside its words. */
const lengthOf = (rich: Rich): number =>
  rich.reduce((sum, { text, href }) => sum + text.length + (href ? href.length + 3 : 0), 0)
