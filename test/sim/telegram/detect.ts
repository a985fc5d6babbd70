import type { MessageEntity } from '@grammyjs/types'

/** What Telegram finds in a text by itself: addresses, mentions, commands, tags, numbers. None overlap. */
export function detected(text: string): MessageEntity[] {
  const found: MessageEntity[] = []
  for (const [type, pattern] of patterns)
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length } as MessageEntity
      if (type === 'hashtag' && !/\p{L}/u.test(match[0])) continue
      if (!found.some((other) => touches(entity, other))) found.push(entity)
    }
  return found.sort((a, b) => a.offset - b.offset)
}

const tlds =
  'com|net|org|edu|gov|info|biz|io|me|dev|app|ai|tv|cc|cn|com\\.cn|hk|tw|jp|kr|sg|de|fr|uk|co|ru|eu|us|at|ch|nl|se|es|it|pl|in|xyz|top|site|online|chat'

// The earlier one wins where two would overlap.
const patterns: readonly (readonly [MessageEntity['type'], RegExp])[] = [
  ['email', /(?<![\w.+-])[\w.+-]+@(?:[a-z\d-]+\.)+[a-z]{2,}(?![\w@])/giu],
  [
    'url',
    new RegExp(
      `(?<![\\w@.-])(?:https?://(?:[^\\s/?#<>"']+\\.)+[a-z\\d-]+|(?:[a-z\\d](?:[a-z\\d-]*[a-z\\d])?\\.)+(?:${tlds}))(?![\\w-])(?::\\d+)?(?:[/?#][^\\s<>"'\u3000-\u303f\uff00-\uffef]*[^\\s<>"'.,;:!?)\\]\u3000-\u303f\uff00-\uffef]|/)?`,
      'giu',
    ),
  ],
  [
    'bot_command',
    /(?<![\p{L}\p{N}_/<>])\/[A-Za-z\d_]{1,64}(?:@[A-Za-z\d_]{3,32})?(?![\p{L}\p{N}_/<>@])/gu,
  ],
  ['mention', /(?<![\p{L}\p{N}_@])@[A-Za-z\d_]{3,32}(?![\p{L}\p{N}_])/gu],
  ['hashtag', /(?<![\p{L}\p{N}_#@])#[\p{L}\p{N}_·]{1,256}(?![#\p{L}\p{N}_])/gu],
  ['cashtag', /(?<![\p{L}\p{N}_$])\$[A-Z]{1,8}(?![\p{L}\p{N}_$])/gu],
  ['phone_number', /(?<![\p{L}\p{N}_+])\+\d[\d -]{6,16}\d(?![\p{L}\p{N}_])/gu],
]

const touches = (one: MessageEntity, other: MessageEntity): boolean =>
  one.offset < other.offset + other.length && other.offset < one.offset + one.length
