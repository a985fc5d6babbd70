import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import {
  type ClockSeen,
  clockSeen,
  type Finding,
  note,
  ok,
  type Probed,
  problem,
} from '../../src/core/finding.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type Result, TelegramError } from './api.ts'
import { type ClientOptions, createTelegramApi } from './client.ts'
import { isTokenRefused } from './errors.ts'
import type { TelegramOptions } from './options.ts'
import { agentFor } from './proxy.ts'

export type ProbeOptions = ClientOptions &
  Pick<TelegramOptions, 'place'> & {
    /** Where Telegram is to call, as configured; left out: updates are asked for. */
    readonly webhookUrl?: string
  }

/** Asks Telegram what it says of the bot, and of how its updates are had. Takes no update, and sets nothing. */
export async function probeTelegram(
  options: ProbeOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Probed> {
  const api = createTelegramApi(options, { clock })
  const clocks = clockOf(options, clock, signal)
  try {
    const me = await api.call('getMe', undefined, signal)
    const hook = await api.call('getWebhookInfo', undefined, signal)
    const findings = [
      ok(`Telegram：机器人 @${me.username}`, `Telegram: the bot is @${me.username}`),
      ...manners(me, options.place),
      ...updates(hook, options.webhookUrl),
    ]
    return { findings, clocks: await clocks }
  } catch (thrown) {
    if (!(thrown instanceof TelegramError)) throw thrown
    if (signal.aborted) throw signal.reason
    const refused = isTokenRefused(thrown)
    return { findings: [refused ? wrongToken : unreached(thrown, options)], clocks: await clocks }
  }
}

/** What @BotFather may have to be told. */
function manners(me: Result<'getMe'>, place: TelegramOptions['place']): readonly Finding[] {
  const found: Finding[] = []
  if (me.has_topics_enabled === true) {
    found.push(ok('Telegram：私聊里可以有话题', 'Telegram: the private chat may have topics'))
  } else if (place === 'private') {
    found.push(problem(topicsOff, topicsCure))
  } else if (place === 'auto') {
    found.push(note(topicsOff, topicsCure))
  }
  if (!me.can_read_all_group_messages) {
    found.push(
      note(
        {
          zh: 'Telegram：隐私模式开着，机器人在群里只看得到命令和对它的回复。',
          en: 'Telegram: privacy mode is on: in groups the bot sees only commands and replies to it.',
        },
        {
          zh: '如果要把微信群接到 Telegram 群：在 @BotFather 里 /setprivacy → Disable，然后把机器人移出群再加进来，或让它当管理员。',
          en: 'To link WeChat chats with Telegram groups: /setprivacy → Disable with @BotFather, then take the bot out of the group and add it again, or make it an administrator.',
        },
      ),
    )
  }
  return found
}

const topicsOff = {
  zh: 'Telegram：机器人的私聊里没有话题。',
  en: 'Telegram: the bot has no topics in its private chat.',
}
const topicsCure = {
  zh: '在 @BotFather 里打开它：Bot Settings → Threads Settings。不打开也行：用 /link all 指定一个论坛群。',
  en: 'Turn them on with @BotFather: Bot Settings → Threads Settings. Or do without, and give it a forum group with /link all.',
}

/** Somebody else may have the bot's updates. */
function updates(hook: Result<'getWebhookInfo'>, own: string | undefined): readonly Finding[] {
  const url = hook.url ?? ''
  if (url !== '' && url !== own) {
    // No more than the host: what is behind it is often a secret.
    const host = URL.parse(url)?.host ?? '?'
    return [
      problem(
        {
          zh: `Telegram：机器人的消息被送到别处（${host}），不是这个桥。`,
          en: `Telegram: what is written to the bot goes elsewhere (${host}), not to this bridge.`,
        },
        {
          zh: '如果那是别的程序：给桥另建一个机器人。如果那是这个桥以前的地址：启动桥，它会改过来。',
          en: 'If that is another program, make a bot of its own for the bridge. If it is a former address of this bridge, start it: it sets that right.',
        },
      ),
    ]
  }
  const { last_error_date: at, last_error_message: said } = hook
  if (url === '' || at === undefined) return []
  return [
    note(
      {
        zh: `Telegram：最近一次没能送到 webhook（${said ?? '?'}）。`,
        en: `Telegram: it could not reach the webhook lately (${said ?? '?'}).`,
      },
      {
        zh: '看看 telegram.webhook.url 前面的代理和证书。桥没在运行的时候这是正常的。',
        en: 'Look at the proxy and the certificate in front of telegram.webhook.url. While the bridge is stopped this is as it must be.',
      },
    ),
  ]
}

const wrongToken = problem(
  { zh: 'Telegram：不认识这个机器人令牌。', en: "Telegram: it does not know the bot's token." },
  {
    zh: '把 @BotFather 给的令牌写进 telegram.token（或 TELEGRAM_BOT_TOKEN）。',
    en: 'Put the token that @BotFather shows into telegram.token (or TELEGRAM_BOT_TOKEN).',
  },
)

function unreached({ message }: TelegramError, { proxy, apiRoot }: ProbeOptions): Finding {
  const { host } = new URL(apiRoot)
  // What becomes of a delivery is no matter here.
  const [why] = message.replace(/^Could not do \w+: /, '').split(/;|\. /)
  return problem(
    { zh: `Telegram：问不到（${why}）。`, en: `Telegram: ${why}.` },
    proxy === undefined
      ? {
          zh: `看看这台机器能不能连到 ${host}；不能的话设置 telegram.proxy。`,
          en: `See whether this machine reaches ${host}; if not, set telegram.proxy.`,
        }
      : {
          zh: '看看 telegram.proxy 是否写对、代理是否在运行。',
          en: 'See whether telegram.proxy is right, and the proxy is running.',
        },
  )
}

/** The date of whatever answers there, by the same way. None where nothing does. */
function clockOf(
  { apiRoot, proxy }: ClientOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly ClockSeen[]> {
  const url = new URL(apiRoot)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const asking = request(url, { method: 'HEAD', agent: agentFor(apiRoot, proxy), signal })
    asking.once('response', (answer) => {
      answer.resume()
      resolve(clockSeen(url.host, answer.headers.date, clock.now()))
    })
    asking.once('error', () => resolve([]))
    asking.end()
  })
}
