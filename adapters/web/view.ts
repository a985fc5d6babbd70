import type { Chat, Sender } from '../../src/core/chat.ts'
import type { HubId, PortalId } from '../../src/core/ids.ts'
import { postKey } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import { mediaOf } from '../../src/core/message.ts'
import { recallOperator } from '../../src/core/recall.ts'
import { roomName, senderName, words } from '../../src/core/render.ts'
import type { Language } from '../../src/core/words.ts'
import type { Archived, ChatEntry, Delivery } from '../../src/ports/archive.ts'
import { type Detail, detailOf, type MediaView, mediaView } from './detail.ts'

// What the page is told, as JSON. All texts are plain and hostile: the page shows them literally.

export interface Who {
  readonly type: 'contact' | 'me' | 'wechat' | 'bridge'
  readonly id?: string
  readonly name: string
  /** A media id. */
  readonly avatar?: string
}

/** A message as something to look at; `line` is all of it in one line, `text` what stands beside its media. */
export interface Look {
  readonly id: string
  /** Its event in the room, to name in `replyTo`. */
  readonly event?: string
  readonly at: number
  readonly who: Who
  readonly kind: string
  readonly text: string
  readonly line: string
  readonly media?: MediaView
  /** Fields of its kind, for what the page draws as more than words. */
  readonly more?: Detail
}

export interface View extends Look {
  readonly seq: number
  readonly chat: string
  /** For a notice: which, and the reason it gives, where it gives one. */
  readonly notice?: string
  readonly detail?: string
  readonly mentionsMe: boolean
  readonly delivery?: Delivery
  readonly resend?: number
  readonly recalled: boolean
  /** It stands for this message, as what that was changed to: the page shows the last of them. */
  readonly edits?: string
  readonly about?: Look
  /** Its media could not be had: a code of errors. It can be asked for again. */
  readonly missing?: string
}

export interface ChatView {
  readonly id: string
  readonly kind: Chat['kind']
  readonly name: string
  /** The person's own name for themselves, where the shown name is our private remark. */
  readonly alias?: string
  readonly avatar?: string
  readonly members?: number
  /** False: it has no room yet, so nothing can be written there. */
  readonly open: boolean
  readonly unconfirmed?: true
  readonly muted?: true
  readonly pinned?: true
  readonly left?: true
  /** Read on another device up to then, in milliseconds. */
  readonly readAt?: number
  readonly last?: View
}

export interface Voicing {
  readonly hub: HubId
  readonly language: Language
  readonly portal: PortalId | undefined
}

export function viewOf(archived: Archived, voicing: Voicing): View {
  const { message, about } = archived
  const { content } = message
  const sender = content.kind === 'recall' ? recallOperator(message, about) : message.sender
  return {
    ...lookOf({ ...message, sender }, voicing),
    seq: archived.seq,
    chat: message.chat,
    mentionsMe: message.mentionsMe,
    recalled: archived.recalled,
    ...(message.edits && { edits: message.edits }),
    ...(content.kind === 'notice' && { notice: content.notice.type }),
    ...(content.kind === 'notice' &&
      'detail' in content.notice && { detail: content.notice.detail }),
    ...(archived.delivery && { delivery: archived.delivery }),
    ...(archived.resend !== undefined && { resend: archived.resend }),
    ...(about && { about: lookOf(about, voicing) }),
    ...(archived.missing && { missing: archived.missing }),
  }
}

export function chatView(entry: ChatEntry, voicing: Voicing): ChatView {
  const { chat, last, readAt } = entry
  const { unconfirmed, ...sure } = chat
  const { left, muted, pinned } = chat
  // The page marks what is unconfirmed by itself.
  const name = roomName(sure, voicing.language)
  return {
    id: chat.id,
    kind: chat.kind,
    name,
    open: voicing.portal !== undefined,
    ...(chat.name && chat.name !== name && { alias: chat.name }),
    ...(chat.avatar && { avatar: chat.avatar.id }),
    ...(chat.members !== undefined && { members: chat.members }),
    ...(unconfirmed && { unconfirmed }),
    ...(muted && { muted }),
    ...(pinned && { pinned }),
    ...(left && { left }),
    ...(readAt !== undefined && { readAt }),
    ...(last && { last: viewOf(last, voicing) }),
  }
}

/** The event a message is in its room of the page: what the person wrote there, or our post of it. */
export function eventOf(message: Message['id'], hub: HubId, portal: PortalId): string {
  const own = `${hub}/`
  return message.startsWith(own) ? message.slice(own.length) : postKey(message, portal, 0)
}

function lookOf(message: Message, { hub, language, portal }: Voicing): Look {
  const { content } = message
  const media = mediaOf(content)
  const said = words(content, language)
  const more = detailOf(content, language)
  return {
    id: message.id,
    ...(portal && { event: eventOf(message.id, hub, portal) }),
    at: message.at,
    who: whoIs(message.sender, language),
    kind: content.kind,
    text: 'media' in content ? (content.caption ?? '') : said,
    line: oneLine(said),
    ...(media && { media: mediaView(media) }),
    ...(more && { more }),
  }
}

/** The page is the owner's alone, so their private remark may lead. */
function whoIs(sender: Sender, language: Language): Who {
  if (!('contact' in sender)) {
    const type = ({ myself: 'me', system: 'wechat', bridge: 'bridge' } as const)[sender.type]
    return { type, name: senderName(sender, language) }
  }
  const { id, remark, avatar } = sender.contact
  return {
    type: 'contact',
    id,
    name: remark || senderName(sender, language),
    ...(avatar && { avatar: avatar.id }),
  }
}

/** For a list: its beginning, without breaks. */
export const oneLine = (text: string): string =>
  text.slice(0, 400).toWellFormed().replace(/\s+/g, ' ')
