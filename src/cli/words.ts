import type { Letter, Outcome, Standing } from '../../adapters/control/wire.ts'
import type { Manifest } from '../backup/manifest.ts'
import type { Restored } from '../backup/restore.ts'
import type { Voice } from '../core/words.ts'
import { moment, size } from '../core/words.ts'

// What the command line says about a bridge, in the language of its configuration.

const both = (voice: Voice, zh: string, en: string): string => (voice.language === 'zh' ? zh : en)

export const stopped = (voice: Voice): string =>
  both(
    voice,
    '桥没有在运行；以下来自它的数据。',
    'The bridge is not running; this is from its data.',
  )

export function standingWords(now: Standing, at: number, voice: Voice): string {
  const say = (zh: string, en: string) => both(voice, zh, en)
  const { login, doors = [], lanes, dead, allowance, fault, copy, restoredAt } = now
  const alone = login.state === 'stopped' ? [] : [loginWords(login, voice)]
  const lines =
    doors.length > 0
      ? doors.map((each) => `${each.door}${say('：', ': ')}${loginWords(each.login, voice)}`)
      : alone
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0)
  lines.push(say(`排队：${waiting}`, `In line: ${waiting}`))
  for (const { lane, waiting: many, since } of lanes) {
    const age = since === undefined ? '' : ageWords(at - since, voice)
    lines.push(
      say(
        `  发往 ${laneName(lane, voice)}：${many}，最早的已等 ${age}`,
        `  to ${laneName(lane, voice)}: ${many}, the first for ${age}`,
      ),
    )
  }
  lines.push(
    say(
      `等你决定：${dead}${dead > 0 ? '（npm run bridge -- dead list）' : ''}`,
      `Waiting for your word: ${dead}${dead > 0 ? ' (npm run bridge -- dead list)' : ''}`,
    ),
  )
  if (allowance) lines.push(...allowanceWords(allowance, at, voice))
  for (const { door, allowance: its } of doors) {
    if (!its) continue
    lines.push(...allowanceWords(its, at, voice).map((each) => `${door}${say('：', ': ')}${each}`))
  }
  lines.push(
    copy
      ? say(
          `数据库最近的副本：${moment(copy.at, at, voice)}（${copy.path}）`,
          `Last copy of the database: ${moment(copy.at, at, voice)} (${copy.path})`,
        )
      : say('数据库还没有副本。', 'There is no copy of the database yet.'),
  )
  if (restoredAt !== undefined) {
    const when = moment(restoredAt, at, voice)
    lines.push(say(`从备份恢复于 ${when}`, `Restored from a backup: ${when}`))
  }
  if (fault !== undefined) {
    lines.push(
      say(`注意：数据库写不进去。${fault}`, `Attention: the database cannot be written. ${fault}`),
    )
  }
  lines.push(...peopleLines(now.people ?? [], voice))
  return lines.join('\n')
}

/** Those who have an account here beside the first person: nothing of what they write. */
function peopleLines(people: NonNullable<Standing['people']>, voice: Voice): readonly string[] {
  const say = (zh: string, en: string) => both(voice, zh, en)
  const lines = people.map(({ user, state, waiting, dead, why }) => {
    if (state === 'unknown')
      return say(`  ${user}：没有在运行。${why}`, `  ${user}: does not run. ${why}`)
    const online = state === 'online' ? say('在线', 'online') : say('离线', 'offline')
    const stands = state === 'stopped' ? '' : say(`${online}，`, `${online}, `)
    return say(
      `  ${user}：${stands}排队 ${waiting}，等他决定 ${dead}`,
      `  ${user}: ${stands}in line ${waiting}, waiting for their word ${dead}`,
    )
  })
  return people.length === 0 ? [] : [say('桥上的其他人：', 'Others on this bridge:'), ...lines]
}

function allowanceWords(
  { minute, hour, day, newcomer, pausedUntil, emptyAt }: NonNullable<Standing['allowance']>,
  now: number,
  voice: Voice,
): readonly string[] {
  const say = (zh: string, en: string) => both(voice, zh, en)
  const [m, h, d] = [minute, hour, day].map(({ used, of }) => `${used}/${of}`)
  const lines = [
    say(
      `发往微信：最近一分钟 ${m}，一小时 ${h}，一天 ${d}${newcomer ? '（新账号，先少发）' : ''}`,
      `Sent to WeChat: ${m} in the last minute, ${h} in the last hour, ${d} in the last day${newcomer ? ' (less for now: the account is new here)' : ''}`,
    ),
  ]
  if (pausedUntil !== undefined) {
    const until = moment(pausedUntil, now, voice)
    lines.push(
      say(
        `微信说发得太频繁：等到 ${until} 再自动继续`,
        `WeChat said "too often": it goes on by itself at ${until}`,
      ),
    )
  }
  if (emptyAt !== undefined) {
    const when = moment(emptyAt, now, voice)
    lines.push(say(`大约到 ${when} 全部发完`, `All of it will have gone out by about ${when}`))
  }
  return lines
}

function loginWords({ state, name, why }: Standing['login'], voice: Voice): string {
  const say = (zh: string, en: string) => both(voice, zh, en)
  switch (state) {
    case 'online':
      return say(`微信：在线，${name ?? ''}`, `WeChat: online as ${name ?? ''}`)
    case 'scan':
      return say('微信：等待扫码', 'WeChat: waiting for the code to be scanned')
    case 'scanned':
      return say('微信：等待手机确认', 'WeChat: waiting for the phone to confirm')
    case 'offline':
      return why ?? say('微信：离线', 'WeChat: offline')
    case 'stopped':
      return stopped(voice)
  }
}

const laneName = (lane: string, voice: Voice): string =>
  lane.startsWith('wechat/') ? both(voice, '微信', 'WeChat') : lane

/** An age in its two largest units would be more than anyone needs. */
function ageWords(ms: number, voice: Voice): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const [many, zh, en] =
    seconds < 120
      ? ([seconds, '秒', 's'] as const)
      : seconds < 7200
        ? ([Math.round(seconds / 60), '分钟', 'min'] as const)
        : seconds < 172_800
          ? ([Math.round(seconds / 3600), '小时', 'h'] as const)
          : ([Math.round(seconds / 86_400), '天', 'days'] as const)
  return `${many} ${both(voice, zh, en)}`
}

const states = {
  dead: { zh: '未送达', en: 'not delivered' },
  unknown: { zh: '可能已送达', en: 'may have arrived' },
  held: { zh: '先没有发', en: 'held back' },
}

/** One line for each, as columns; the newest first. */
export function letterWords(letters: readonly Letter[], at: number, voice: Voice): string {
  const { language } = voice
  if (!letters.length) return both(voice, '没有要你决定的消息。', 'Nothing waits for your word.')
  const lines = letters.map(({ seq, state, towards, lane, chat, what, why, since }) => {
    const way =
      towards === 'wechat' ? both(voice, '→ 微信', '→ WeChat') : `→ ${laneName(lane, voice)}`
    const because = why ? both(voice, `（${why}）`, ` (${why})`) : ''
    return `${seq}  ${moment(since, at, voice)}  ${states[state][language]}  ${way} ${chat}  “${what}”${because}`
  })
  return [
    ...lines,
    both(
      voice,
      '再发一次：dead retry 编号；不再发：dead drop 编号（或 all）。',
      'Send again: dead retry NUMBER. Give up: dead drop NUMBER (or all).',
    ),
  ].join('\n')
}

export function outcomeWords(
  what: 'retry' | 'drop',
  { done, left }: Outcome,
  voice: Voice,
): string {
  const lines = [
    what === 'retry'
      ? both(voice, `已重新排队：${done}`, `Put back in line: ${done}`)
      : both(voice, `已丢弃，不会再发：${done}`, `Forgotten, and not sent any more: ${done}`),
  ]
  if (left > 0) {
    lines.push(
      both(
        voice,
        `没有动：${left}。它们可能已经送达，或者是先没有发的：请在手机上确认，再逐个 dead retry 编号。`,
        `Left alone: ${left}. They may have arrived, or were held back: look on the phone, then dead retry each by its number.`,
      ),
    )
  }
  return lines.join('\n')
}

export function backupWords(made: Manifest, path: string, voice: Voice): string {
  const { rows, media, database, sealKey, people = [] } = made
  const lines = [
    both(voice, `备份完成：${path}`, `The backup is complete: ${path}`),
    both(
      voice,
      `消息 ${rows.messages} 条，聊天 ${rows.chats} 个，排队 ${rows.queued} 条，等你决定 ${rows.dead} 条；数据库 ${size(database.bytes)}，媒体文件 ${media.files} 个（${size(media.bytes)}）。`,
      `${rows.messages} messages in ${rows.chats} chats, ${rows.queued} in line, ${rows.dead} waiting for your word; database ${size(database.bytes)}, ${media.files} media files (${size(media.bytes)}).`,
    ),
  ]
  if (people.length > 0) lines.push(othersToo(people.length, voice))
  lines.push(
    sealKey
      ? both(
          voice,
          '里面有密钥：拿到这个文件夹的人能读到所有消息，并能接管微信登录。请妥善保管。',
          'The key is in it: whoever has this folder can read every message and take over the WeChat login. Keep it safe.',
        )
      : both(
          voice,
          '密钥（seal.key）来自配置，不在里面：请另外保存。没有它，登录打不开。消息在里面没有加密：请妥善保管。',
          'The seal key comes from your configuration and is not in it: keep that too, because the login opens with no other. The messages are readable in it: keep it safe.',
        ),
    both(
      voice,
      '配置文件和 Matrix 的 registration 文件不在里面。',
      'Your configuration and the Matrix registration file are not in it.',
    ),
  )
  return lines.join('\n')
}

const othersToo = (people: number, voice: Voice): string =>
  both(
    voice,
    `桥上其他人的数据也在里面：${people} 人。`,
    `With it the data of the others on this bridge: ${people}.`,
  )

export function restoredWords(
  { manifest, rows, aside, lacking, people }: Restored,
  folder: string,
  now: number,
  voice: Voice,
): string {
  const at = manifest && moment(Date.parse(manifest.at), now, voice)
  const lines = [
    both(
      voice,
      `已恢复到 ${folder}：消息 ${rows.messages} 条，聊天 ${rows.chats} 个，排队 ${rows.queued} 条，等你决定 ${rows.dead} 条${at ? `，备份于 ${at}` : ''}。`,
      `Restored into ${folder}: ${rows.messages} messages in ${rows.chats} chats, ${rows.queued} in line, ${rows.dead} waiting for your word${at ? `, as of ${at}` : ''}.`,
    ),
  ]
  if (people > 0) lines.push(othersToo(people, voice))
  if (!manifest) {
    lines.push(
      both(
        voice,
        '这是只有数据库的副本：媒体文件保持原样。',
        'This was a copy of the database alone: the media files stay as they were.',
      ),
    )
  }
  if (lacking) {
    const { files, bytes } = lacking
    lines.push(
      both(
        voice,
        `注意：这个备份不完整，少了 ${files} 个媒体文件（${size(bytes)}）。如果另有一份完整的，请用那一份再恢复一次。`,
        `Attention: this backup is not whole any more: it lacks ${files} media files (${size(bytes)}). If you have a whole one, restore that.`,
      ),
    )
  }
  if (aside) {
    lines.push(both(voice, `原来的数据在 ${aside}`, `The former data is in ${aside}`))
  }
  lines.push(
    both(
      voice,
      '现在启动桥：npm start。备份时在排队的消息可能已经发出，桥会先确认；确认不了的，会问你。',
      'Now start the bridge: npm start. What was in line when the backup was made may have gone out since: the bridge looks first, and asks you where it cannot tell.',
    ),
  )
  return lines.join('\n')
}
