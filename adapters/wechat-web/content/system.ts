import { cleanText, clip, decodeText } from '../text.ts'
import { contentXml, xmlText } from '../xml.ts'

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
  const words = text.toLowerCase()
  return membership.some(([first, then]) => {
    const at = words.indexOf(first)
    return at >= 0 && (then === '' || words.indexOf(then, at + first.length) >= 0)
  })
}

/**
 * Is a message a reason to look at its group's members again (protocol §5.9)? `sure`: it says so itself; `maybe`: a
 * grey line in words we do not know.
 */
export function membersChanged(type: number, payload: string): 'sure' | 'maybe' | 'no' {
  if (type === 10000) return isMembership(systemText(payload)) ? 'sure' : 'maybe'
  if (type !== 10002) return 'no'
  const kind = xmlText(contentXml(payload), 'sysmsg', '@_type')
  return kind === 'delchatroommember' || kind === 'sysmsgtemplate' ? 'sure' : 'no'
}

/** One word after another, in lower case. */
const membership: readonly (readonly [string, string])[] = [
  ['加入了群聊', ''],
  ['加入群聊', ''],
  ['加入了群組', ''],
  ['加入群組', ''],
  ['邀请', '加入'],
  ['邀請', '加入'],
  ['移出了群聊', ''],
  ['移出群聊', ''],
  ['修改群名为', ''],
  ['修改群組名稱', ''],
  ['修改群名為', ''],
  ['退出了群聊', ''],
  ['退出群聊', ''],
  ['invited ', ' to the group chat'],
  ['invited ', ' to a group chat'],
  ['joined ', 'group chat'],
  ['remove', ' from the group chat'],
  ['changed the group name to', ''],
  ['left the group chat', ''],
]
