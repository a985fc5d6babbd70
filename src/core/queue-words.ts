import { because } from './causes.ts'
import type {
  Allowance,
  Count,
  Letter,
  QueueNotice,
  Standing,
  Used,
  Wait,
  When,
} from './queue-notice.ts'
import type { Both } from './words.ts'
import { span } from './words.ts'

type QueueWords = {
  readonly [T in QueueNotice['type']]: (notice: Extract<QueueNotice, { readonly type: T }>) => Both
}

/** What the bridge says about what waits: in line, or for a person's word. */
export const queueWords: QueueWords = {
  waiting: ({ place, wait }) => {
    const { zh, en } = waits(wait)
    const at = amount(place)
    return {
      zh: `已收下，在排队（第 ${at.zh} 位）：${zh}。这个聊天里之后要排队的不再逐条说明；输入 !wx queue 查看。`,
      en: `Taken, and in line (place ${at.en}): ${en}. What you write here next is not announced one by one; !wx queue shows it.`,
    }
  },
  othersWait: ({ chats, wait }) => {
    const { zh, en } = waits(wait)
    const many =
      chats.count === 0
        ? { zh: '一些', en: 'some' }
        : { zh: ` ${amount(chats).zh} 个`, en: amount(chats).en }
    const more = chats.count === 1 && !chats.more ? 'more chat' : 'more chats'
    return {
      zh: `另外还有${many.zh}聊天里有消息在排队：${zh}。输入 !wx queue 查看。`,
      en: `Messages wait in ${many.en} ${more} as well: ${en}. !wx queue shows them.`,
    }
  },
  line: ({ waiting, first, last, wait, letters }) =>
    lines([
      waiting.count === 0
        ? { zh: '这个聊天里没有消息在排队。', en: 'Nothing of this chat waits in line.' }
        : {
            zh: `这个聊天里有 ${amount(waiting).zh} 条在排队。`,
            en: `${amount(waiting).en} of this chat in line.`,
          },
      first && standing(first, last ? { zh: '下一条', en: 'The next' } : whole),
      last && standing(last, { zh: '最后一条', en: 'The last' }),
      wait && stopped(wait),
      wordOf(letters),
    ]),
  queue: ({ waiting, chats, longest, allowance, wait, lanes = [], letters }) =>
    lines([
      waiting.count === 0
        ? { zh: '没有发往微信的消息在排队。', en: 'Nothing waits in line for WeChat.' }
        : {
            zh: `发往微信的有 ${amount(waiting).zh} 条在排队，分属 ${amount(chats).zh} 个聊天。`,
            en: `${amount(waiting).en} in line for WeChat, in ${amount(chats).en} ${chats.count === 1 ? 'chat' : 'chats'}.`,
          },
      ...longest.map(({ name, waiting: many }) => ({
        zh: `· ${name}：${amount(many).zh} 条`,
        en: `· ${name}: ${amount(many).en}`,
      })),
      allowance && spent(allowance),
      wait && stopped(wait),
      ...lanes.flatMap((lane) => [
        lane.allowance && behind(lane.door, spent(lane.allowance)),
        lane.wait && behind(lane.door, stopped(lane.wait)),
      ]),
      wordOf(letters),
    ]),
  heldBack: (notice) => {
    const { seq } = notice
    const say = {
      zh: `输入 !wx resend ${seq} 发送，!wx drop ${seq} 不发。`,
      en: `!wx resend ${seq} sends it, !wx drop ${seq} forgets it.`,
    }
    if (notice.why === 'restored') {
      return {
        zh: `先不发送：这是从备份恢复之前写的，可能那时已经发出。请在手机上确认。${say.zh}`,
        en: `Held back: it is from before the restored backup, and may have been sent then. Look on the phone. ${say.en}`,
      }
    }
    const within = span(notice.withinMs)
    const chats = amount(notice.chats)
    return {
      zh: `先不发送：${within.zh}内把同样的内容写给 ${chats.zh} 个聊天，在微信看来像群发，有账号因此被封。${say.zh}`,
      en: `Held back: the same text to ${chats.en} chats within ${within.en} looks like mass mailing to WeChat, and has cost accounts. ${say.en}`,
    }
  },
  letters: ({ letters, more }) => {
    if (letters.length === 0) {
      return { zh: '没有要你决定的消息。', en: 'Nothing waits for your word.' }
    }
    return lines([
      {
        zh: '这些要你决定，最新的在前（!wx resend all 把确定没发出的全部再发，!wx drop all 全部不要）：',
        en: 'These wait for your word, newest first (!wx resend all: again what surely was not sent; !wx drop all: forget them):',
      },
      ...letters.map(letterLine),
      more.count > 0
        ? { zh: `……还有 ${amount(more).zh} 条。`, en: `… and ${amount(more).en} more.` }
        : undefined,
    ])
  },
  resent: ({ what, count, twice, left, more }) =>
    lines([
      count === 0
        ? undefined
        : what === undefined
          ? { zh: `已重新排队 ${count} 条。`, en: `Put back in line: ${count}.` }
          : { zh: `已重新排队：“${what}”。`, en: `Put back in line: “${what}”.` },
      twice > 0
        ? {
            zh: '它之前可能已经发出，对方可能会收到两次。',
            en: 'It may have been sent before, so it may arrive twice.',
          }
        : undefined,
      left > 0
        ? {
            zh: `有 ${left} 条可能已经发出，或者在等你确认，所以没有动：用 !wx dead 查看，再用 !wx resend 编号 逐条决定。`,
            en: `Left alone, because they may have been sent or are held back: ${left}. !wx dead lists them; resend each by its number.`,
          }
        : undefined,
      more
        ? { zh: '还有更多，请再输入一次。', en: 'There are more: say it once more.' }
        : undefined,
    ]),
  dropped: ({ what, count, perhaps, more }) =>
    lines([
      what === undefined
        ? {
            zh: `已丢弃 ${count} 条，不会再发。`,
            en: `Forgotten: ${count}. None of them is sent any more.`,
          }
        : {
            zh: `已丢弃，不会再发：“${what}”。`,
            en: `Forgotten, and not sent any more: “${what}”.`,
          },
      perhaps > 0
        ? {
            zh:
              what === undefined ? `其中 ${perhaps} 条之前可能已经发出。` : '它之前可能已经发出。',
            en:
              what === undefined
                ? `${perhaps} may have been sent before.`
                : 'It may have been sent before.',
          }
        : undefined,
      more
        ? { zh: '还有更多，请再输入一次。', en: 'There are more: say it once more.' }
        : undefined,
    ]),
}

function spent({ minute, hour, day, newcomer }: Allowance): Both {
  const [a, b, c] = [of(minute), of(hour), of(day)]
  return {
    zh: `已发送：一分钟内 ${a.zh}，一小时内 ${b.zh}，一天内 ${c.zh}${newcomer ? '（新登录的账号，限额较低）' : ''}。`,
    en: `Sent: ${a.en} within a minute, ${b.en} within an hour, ${c.en} within a day${newcomer ? ' (lower limits, as the account is new here)' : ''}.`,
  }
}

const whole: Both = { zh: '它', en: 'It' }

/** Why something waits, and until when, to end a sentence. */
function waits(wait: Wait): Both {
  switch (wait.why) {
    case 'pace': {
      const { zh, en } = about(wait.when)
      return {
        zh: `发得太快可能会被微信封号，所以${zh}才发出`,
        en: `WeChat locks accounts that write too fast, so it goes out ${en}`,
      }
    }
    case 'rate':
      return {
        zh: `微信说发送太频繁，桥等到 ${wait.when.at} 再自动继续`,
        en: `WeChat said "too often", so the bridge waits until ${wait.when.at} and then goes on by itself`,
      }
    case 'offline':
      return {
        zh: '微信没有登录，登录后会自动发出',
        en: 'WeChat is not logged in; it goes out by itself after the login',
      }
    case 'trouble':
      return {
        zh: '还没能发出，桥会继续尝试',
        en: 'it has not gone out yet, and the bridge keeps at it',
      }
    case 'doubt':
      return {
        zh: '还不确定这是谁，请先回答 !wx same',
        en: 'it is not sure yet who this is: answer !wx same first',
      }
    case 'quota':
      return {
        zh: `对方每来一条消息，微信只让回 ${wait.sends} 条；请在手机微信里给机器人发一条，排队的就会自动发出`,
        en: `WeChat takes only ${wait.sends} for each message that comes from there; write one to the bot on your phone, and what waits goes out by itself`,
      }
  }
}

/** Why nothing goes out now, as a sentence. */
/** The name of a door, and what is said of it. */
const behind = (door: string, { zh, en }: Both): Both => ({
  zh: `${door}：${zh}`,
  en: `${door}: ${en}`,
})

function stopped(wait: Wait): Both {
  const { zh, en } = waits(wait)
  return { zh: `现在暂停：${zh}。`, en: `Paused: ${en}.` }
}

function standing({ place, when }: Standing, what: Both): Both {
  const at = amount(place)
  const soon = when && about(when)
  return {
    zh: `${what.zh}排在第 ${at.zh} 位${soon ? `，${soon.zh}发出` : ''}。`,
    en: `${what.en} has place ${at.en}${soon ? ` and goes out ${soon.en}` : ''}.`,
  }
}

function about({ inMs, at }: When): Both {
  if (inMs < 5_000) return { zh: '马上', en: 'now' }
  const { zh, en } = span(inMs)
  return { zh: `大约 ${zh}后（${at}）`, en: `in about ${en} (${at})` }
}

function wordOf(letters: Count): Both | undefined {
  if (letters.count === 0) return undefined
  const { zh, en } = amount(letters)
  return {
    zh: `有 ${zh} 条要你决定：输入 !wx dead 查看。`,
    en: `${en} ${letters.count === 1 ? 'waits' : 'wait'} for your word: !wx dead lists them.`,
  }
}

/** Two lines: what it is, and what became of it with what to do. */
function letterLine(letter: Letter): Both {
  const { seq, chat, what, at } = letter
  const { zh, en } = fate(letter)
  const todo = `!wx resend ${seq} · !wx drop ${seq}`
  return {
    zh: `${seq}. ${chat === undefined ? '' : `${chat}，`}${at}：“${what}”\n    ${zh}  ${todo}`,
    en: `${seq}. ${chat === undefined ? '' : `${chat}, `}${at}: “${what}”\n    ${en}  ${todo}`,
  }
}

/** What happened to it, and whether it may have arrived. */
function fate({ way, state, certain, code, reason, said }: Letter): Both {
  const why = code && because({ code, ...(reason && { reason }), ...(said && { said }) })
  const end = { zh: why ? `：${why.zh}。` : '。', en: why ? `: ${why.en}.` : '.' }
  const { zh, en } = state === 'held' ? (certain ? unsent : perhaps) : fates[way][certain ? 0 : 1]
  return { zh: `${zh}${end.zh}`, en: `${en}${end.en}` }
}

const unsent: Both = { zh: '还没有发送', en: 'Not sent yet' }
const perhaps: Both = { zh: '可能早已发出', en: 'May have been sent long ago' }

/** Certainly not, or perhaps. */
const fates: Readonly<Record<Letter['way'], readonly [Both, Both]>> = {
  send: [
    { zh: '没有发送', en: 'Was not sent' },
    { zh: '可能没有发出', en: 'May not have been sent' },
  ],
  post: [
    { zh: '没能显示在房间里', en: 'Could not be shown in the room' },
    { zh: '可能没有显示在房间里', en: 'May not have been shown in the room' },
  ],
  recall: [
    { zh: '没有撤回', en: 'Was not recalled' },
    { zh: '可能没有撤回', en: 'May not have been recalled' },
  ],
}

const amount = ({ count, more }: Count): Both =>
  more ? { zh: `${count} 以上`, en: `more than ${count}` } : { zh: `${count}`, en: `${count}` }

const of = ({ used, of: all }: Used): Both => ({
  zh: `${used}/${all}`,
  en: `${used} of ${all}`,
})

const lines = (all: readonly (Both | undefined)[]): Both => {
  const said = all.filter((line) => line !== undefined)
  return {
    zh: said.map((line) => line.zh).join('\n'),
    en: said.map((line) => line.en).join('\n'),
  }
}
