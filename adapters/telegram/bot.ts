import type { TelegramApi } from './api.ts'
import type { Bot, BotInfo } from './parts.ts'

/** What Telegram says about our bot: asked once, and again when somebody has reason to. */
export function createBot(api: TelegramApi): Bot {
  let known: BotInfo | undefined
  let asking: Promise<BotInfo> | undefined

  const ask = async (signal: AbortSignal): Promise<BotInfo> => {
    const me = await api.call('getMe', undefined, signal)
    known = {
      id: String(me.id),
      username: me.username,
      topics: me.has_topics_enabled === true,
      readsGroups: me.can_read_all_group_messages,
    }
    return known
  }
  const refresh = (signal: AbortSignal): Promise<BotInfo> => {
    asking ??= ask(signal).finally(() => {
      asking = undefined
    })
    return asking
  }
  return {
    known: () => known,
    info: async (signal) => known ?? refresh(signal),
    refresh,
  }
}
