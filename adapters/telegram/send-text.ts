import type { LinkPreviewOptions } from '@grammyjs/types'
import { BridgeError } from '../../src/core/errors.ts'
import type { Body } from '../../src/core/post.ts'
import type { Rich } from '../../src/core/runs.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { messageOf } from './address.ts'
import { leavingOut } from './destination.ts'
import { type Marked, markedWithin, webAddress } from './entities-out.ts'
import { keyboardOf } from './keyboard.ts'
import { leadOf, led } from './lead.ts'
import type { Parts } from './parts.ts'
import type { Located } from './places.ts'
import { postWords } from './post-words.ts'
import { type Landed, receiptOf, says, unchanged, uneditable } from './receipt.ts'
import { isBlank } from './shown-text.ts'

/** Longest text (ecosystem §2.1). */
const longest = 4096

type TextBody = Extract<Body, { readonly kind: 'text' | 'notice' }>
export type TextParts = Pick<Parts, 'api' | 'voice' | 'clock' | 'log'>

/** Posts a text. What it answers and Telegram cannot point at is quoted in words, where there are some. */
export async function sendText(
  parts: TextParts,
  post: RoomPost,
  body: TextBody,
  place: Located,
  signal: AbortSignal,
): Promise<Landed> {
  const markup = keyboard(parts, post, body)
  const message = await leavingOut(post, place, markup, (common, bare) => {
    const isPointless = post.replyToEvent !== undefined && !common.reply_parameters
    const said = isPointless ? (body.unquoted ?? body.text) : body.text
    const args = { ...common, ...textOf(parts, post, said, place, bare) }
    return parts.api.call('sendMessage', args, signal, { delivering: true })
  })
  return receiptOf(message)
}

/** The same post answering nothing: what it answers is quoted in words, where there are some. */
export function unanswering(post: RoomPost): RoomPost {
  const { replyToEvent: _, ...rest } = post
  const { body } = post
  const isQuoting = (body.kind === 'text' || body.kind === 'notice') && body.unquoted
  return isQuoting ? { ...rest, body: { ...body, text: isQuoting } } : rest
}

/** Puts a text in the place of what was posted before. Undefined: Telegram does not let it be changed any more. */
export async function editText(
  parts: TextParts,
  post: RoomPost,
  body: TextBody,
  place: Located,
  signal: AbortSignal,
): Promise<Landed | undefined> {
  const event = post.replacesEvent
  const old = event && messageOf(event)
  if (!event || !old) return undefined
  const { repeat: _, ...once } = post
  const receipt = { ids: [event], at: parts.clock.now() }
  const { replyToEvent: _answered, ...alone } = once
  try {
    await leavingOut(alone, { chat: old.chat }, keyboard(parts, post, body), (common, bare) => {
      const { reply_markup } = common
      const target = { chat_id: Number(old.chat), message_id: old.message }
      const text = textOf(parts, once, body.text, place, bare)
      const args = { ...target, ...text, ...(reply_markup && { reply_markup }) }
      // Doing it twice does it once: nothing is uncertain about a lost answer.
      return parts.api.call('editMessageText', args, signal)
    })
    return receipt
  } catch (error) {
    if (says(error, unchanged)) return receipt
    if (says(error, uneditable)) return undefined
    // It says nothing about the place where it can be said anew.
    if (old.chat !== place.chat && isAboutPlace(error)) return undefined
    throw error
  }
}

const isAboutPlace = (error: unknown): boolean =>
  error instanceof BridgeError && ['gone', 'refused'].includes(error.failure.code)

function textOf(parts: TextParts, post: RoomPost, said: Rich, place: Located, bare: boolean) {
  const { language } = parts.voice
  const isNothing = said.every((run) => isBlank(run.text) && !run.href)
  const seen = isNothing ? [{ text: postWords(language).blank }] : said
  const shown = led(leadOf(post, place, language), seen, longest)
  // Only in what the bridge itself says.
  const ours = post.speaker.type === 'bridge' && post.body.kind === 'notice'
  const all = markedWithin(longest, shown, { ours, bare })
  return {
    text: all.text,
    ...(all.entities.length && { entities: all.entities }),
    link_preview_options: preview(post, said, all),
  }
}

/** Only what is a link (`linked` in core/rich.ts: its title in bold) is shown with what it leads to. */
function preview(
  { speaker, body }: RoomPost,
  said: Rich,
  { entities }: Marked,
): LinkPreviewOptions {
  const title = said.find((run) => run.bold && run.href && !run.quote)
  const url = webAddress(title?.href)
  const isLink = entities.some((entity) => entity.type === 'text_link' && entity.url === url)
  const isSaid = speaker.type !== 'bridge' && body.kind === 'text'
  return url && isLink && isSaid ? { url } : { is_disabled: true }
}

function keyboard({ log }: TextParts, { key }: RoomPost, { buttons }: TextBody) {
  const { markup, left } = keyboardOf(buttons)
  if (left.length)
    log.warn({ key, left: left.length }, 'Buttons that Telegram cannot have are left out.')
  return markup
}
