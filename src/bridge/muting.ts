import type { Chat } from '../core/chat.ts'
import { accountsRoom } from '../core/chat.ts'
import type { Unit } from '../ports/store.ts'

/** The name of the choice among the settings of a chat. */
const settingName = 'mute'

/**
 * Does what comes from a chat arrive silently? As somebody chose for it, or for the room that official accounts share;
 * else as it is in WeChat.
 */
export async function isMuted(
  unit: Pick<Unit, 'setting'>,
  { id, kind, muted }: Pick<Chat, 'id' | 'kind' | 'muted'>,
): Promise<boolean> {
  const own = await unit.setting(id, settingName)
  const chosen =
    own ?? (kind === 'mp' ? await unit.setting(accountsRoom.id, settingName) : undefined)
  return chosen === undefined ? muted === true : chosen === 'on'
}

export const setMuted = (
  unit: Pick<Unit, 'setSetting'>,
  { id }: Pick<Chat, 'id'>,
  on: boolean,
): Promise<void> => unit.setSetting(id, settingName, on ? 'on' : 'off')
