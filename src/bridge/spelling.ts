import type { Member } from '../core/chat.ts'
import type { AccountId, ChatId } from '../core/ids.ts'
import { pointless, spelt } from '../core/pointing.ts'
import type { HubEvent } from '../ports/hub.ts'
import type { Login } from '../ports/wechat.ts'
import type { Parts, Seat } from './parts.ts'

interface SpellingParts {
  /** Who is in a group, as far as that is known; never rejects. */
  readonly members: (group: ChatId) => Promise<readonly Member[]>
  /** Of the door of an account. */
  readonly login: (account: AccountId) => Login
}

/** An event whose words say the names of WeChat where they pointed at people of the hub. */
export type Spell = (event: HubEvent) => Promise<HubEvent>

/**
 * Whom a person points at in a group's room is called as WeChat's own clients would call them: by their nickname there,
 * else by the name they gave themselves, never by a remark, which is private. In any other room the words stay as they
 * are. Before the event becomes durable, as the connector is asked; its `points` are then those of the new words.
 */
export function createSpelling(
  { store }: Pick<Parts, 'store'>,
  { adapter }: Seat,
  { members, login }: SpellingParts,
): Spell {
  return spell

  async function spell(event: HubEvent): Promise<HubEvent> {
    if (event.type === 'echo' && event.otherwise) {
      return { ...event, otherwise: await spell(event.otherwise) }
    }
    if (event.type !== 'message' && event.type !== 'edit') return event
    if (!event.points?.length) return event
    const portal = await store.unit((unit) => unit.portalIn(adapter.id, event.room))
    const { text: _, rich: __, points: ___, ...rest } = event
    if (portal?.chat.kind !== 'group') return { ...rest, ...pointless(event) }
    const known = new Map((await members(portal.chat.id)).map((each) => [each.id, each]))
    const { account } = portal.chat
    const now = login(account)
    const me = now.state === 'online' && now.account === account ? now.me.name : undefined
    const words = spelt(event, (who) => {
      if (who === 'me') return me
      const member = known.get(who)
      return member && (member.nick || member.name)
    })
    return { ...rest, ...words }
  }
}
