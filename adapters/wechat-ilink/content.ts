import type { AccountId } from '../../src/core/ids.ts'
import type { Content, Target } from '../../src/core/message.ts'
import { number, type Raw, record, text } from './json.ts'
import { refOf, typeNumbers, voiceMime, whereOf } from './media.ts'
import { mimeOfName } from './mime.ts'
import { fileName, line, plain } from './names.ts'

/** Where an item stands. `name` names it within the account. */
export interface Spot {
  readonly account: AccountId
  readonly name: string
}

/** What one item says (`ecosystem §1.3`). What cannot be read says so. */
export function contentOf(item: Raw, spot: Spot): Content {
  switch (number(item.type)) {
    case 1:
      return textOf(item)
    case 2:
      return imageOf(record(item.image_item), spot)
    case 3:
      return voiceOf(record(item.voice_item), spot)
    case 4:
      return fileOf(record(item.file_item), spot)
    case 5:
      return videoOf(record(item.video_item), spot)
    default:
      return unreadable('message', `iLink ${line(text(item.type), 20) || '?'}`)
  }
}

/** Other ids an item may be named by: those of quotes are not those of messages. */
export const itemId = (item: Raw): string => text(item.msg_id)

const unreadable = (type: string, summary: string): Content => ({
  kind: 'unsupported',
  type,
  summary,
})

function textOf(item: Raw): Content {
  const said = plain(text(record(item.text_item).text))
  const target = targetOf(record(item.ref_msg))
  if (target) return { kind: 'quote', text: said, target }
  return said === '' ? unreadable('message', '') : { kind: 'text', text: said }
}

/** What is quoted: newer clients only give its id, and the bridge has it or has not. */
function targetOf(ref: Raw): Target | undefined {
  const quoted = record(ref.message_item)
  const aliases = [...new Set([text(ref.svr_id), itemId(quoted)])].filter((each) => each !== '')
  const words =
    text(record(quoted.text_item).text) ||
    text(record(quoted.voice_item).text) ||
    partOf(record(ref.partial_text)) ||
    text(ref.title)
  const preview = line(words, 500)
  const what = whats[number(quoted.type)]
  if (aliases.length === 0 && !preview && !what) return undefined
  return { aliases, preview, ...(what ? { what } : {}) }
}

/** Of a part that was picked only its two ends are told. */
function partOf(part: Raw): string {
  const [start, end] = [text(part.start), text(part.end)]
  return start && end && start !== end ? `${start} … ${end}` : start || end
}

const whats: Readonly<Record<number, string | undefined>> = {
  2: typeNumbers.image,
  3: typeNumbers.voice,
  4: typeNumbers.file,
  5: typeNumbers.video,
}

function imageOf(raw: Raw, { account, name }: Spot): Content {
  const where = whereOf(record(raw.media), text(raw.aeskey))
  if (!where) return unreadable(typeNumbers.image, '')
  if (where === 'bad') return unreadable(typeNumbers.image, badKey)
  const media = refOf(account, name, where, { kind: 'image', mime: 'image/jpeg' })
  return { kind: 'image', media }
}

function voiceOf(raw: Raw, { account, name }: Spot): Content {
  const caption = plain(text(raw.text)).trim()
  const where = whereOf(record(raw.media))
  // Better the words alone than nothing.
  if (!where || where === 'bad')
    return unreadable(typeNumbers.voice, caption || (where ? badKey : ''))
  const ms = Math.round(number(raw.playtime))
  const media = refOf(account, name, where, {
    kind: 'voice',
    mime: voiceMime(number(raw.encode_type)),
    ...(ms > 0 && ms < aDay ? { ms } : {}),
  })
  return { kind: 'voice', media, ...(caption ? { caption } : {}) }
}

function fileOf(raw: Raw, { account, name }: Spot): Content {
  const called = fileName(text(raw.file_name))
  const where = whereOf(record(raw.media))
  if (!where || where === 'bad')
    return unreadable(typeNumbers.file, called || (where ? badKey : ''))
  const bytes = number(raw.len)
  const media = refOf(account, name, where, {
    kind: 'file',
    mime: mimeOfName(called),
    ...(called ? { name: called } : {}),
    ...(Number.isSafeInteger(bytes) && bytes > 0 ? { bytes } : {}),
  })
  return { kind: 'file', media }
}

function videoOf(raw: Raw, { account, name }: Spot): Content {
  const where = whereOf(record(raw.media))
  if (!where) return unreadable(typeNumbers.video, '')
  if (where === 'bad') return unreadable(typeNumbers.video, badKey)
  const media = refOf(account, name, where, { kind: 'video', mime: 'video/mp4' })
  const still = whereOf(record(raw.thumb_media))
  if (!still || still === 'bad') return { kind: 'video', media }
  const poster = refOf(account, `${name}/still`, still, { kind: 'image', mime: 'image/jpeg' })
  return { kind: 'video', media, poster }
}

const badKey = 'its key cannot be read'
const aDay = 86_400_000
