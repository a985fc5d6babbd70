import type { Content } from '../../../src/core/message.ts'
import { cleanText } from '../text.ts'
import { child, xmlText } from '../xml.ts'
import type { App } from './app-message.ts'

const invitations = ['邀请你加入群聊', '邀請你加入群聊', 'Group Chat Invitation']

/** An invitation to a group: a link (type 5) by its title or its address (protocol §5.6). */
export function readInvite({ title, description, url }: App): Content | undefined {
  const isOne =
    invitations.some((each) => title.toLowerCase() === each.toLowerCase()) ||
    (url !== '' && /\/addchatroombyinvite$/.test(new URL(url).pathname))
  return isOne ? { kind: 'groupInvite', text: description || title, url } : undefined
}

/** A text that everyone adds a line to: type 53. */
export const readSolitaire = ({ text }: App): Content | undefined =>
  text ? { kind: 'solitaire', text } : undefined

/**
 * What a group's owner announces: type 87. There and empty, it is taken away; its title only says that the version is too
 * old.
 */
export function readAnnouncement({ xml, description }: App): Content | undefined {
  const words = cleanText(xmlText(xml, 'textannouncement'), 20_000) || description
  const isTold = words !== '' || child(xml, 'textannouncement') !== undefined
  return isTold ? { kind: 'announcement', text: words } : undefined
}
