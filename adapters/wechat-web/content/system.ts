import { cleanText, clip, decodeText } from '../text.ts'

/** No grey line is longer than this. */
const maxGrey = 8000

/** The words of a grey line (protocol §5.9): without the few tags WeChat itself puts in; typed ones stay. */
export function systemText(payload: string): string {
  const decoded = decodeText(clip(payload, maxGrey))
  return cleanText(
    decoded.replace(/<a(?:\s[^<>]*)?>|<\/a>|<img(?:\s[^<>]*)?>|<\/?_wc_custom_link_[^<>]*>/gi, ''),
  )
}

/** Is this line about who is in a group, or what it is called (protocol §5.9)? In Chinese or English. */
export function isMembership(text: string): boolean {
  return membership.some((pattern) => pattern.test(text))
}

const membership = [
  /加入(了)?群聊/,
  /邀请(你|".*").*加入/,
  /移出(了)?群聊/,
  /修改群名为/,
  /退出(了)?群聊/,
  /\binvited\b.*\bto (the|a) group chat/i,
  /\bjoined (the )?group chat\b/i,
  /\bremoved?\b.*\bfrom the group chat/i,
  /\bchanged the group name to\b/i,
  /\bleft the group chat\b/i,
]
