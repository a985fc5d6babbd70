import type { AccountId, ChatId } from '../../src/core/ids.ts'
import type { Asking } from './asking.ts'
import { GatewayFault } from './faults.ts'
import { chatOfWire, inPath } from './ids.ts'
import type { Intake } from './intake.ts'
import type { Turns } from './turns.ts'
import { type Capabilities, chatList, memberList, type WireContact } from './wire.ts'

export interface GatherParts {
  readonly asking: Asking
  readonly turns: Turns
  readonly intake: Intake
  readonly declared: Capabilities
}

/** Asks for all chats, and who is in the groups, as far as the gateway can tell, and tells of them. */
export async function gather(
  { asking, turns, intake, declared }: GatherParts,
  account: AccountId,
  signal: AbortSignal,
): Promise<void> {
  if (!declared.chats) return
  const { chats } = await asking.insist('/v1/chats', chatList, signal)
  await turns.run(() => intake.chats(account, chats, true))
  if (!declared.members) return
  const lists = new Map<ChatId, WireContact[]>()
  for (const { id, kind, left } of chats) {
    if (kind !== 'group' || left === true) continue
    const members = await membersOf(asking, id, signal)
    if (members) lists.set(chatOfWire(account, id), members)
  }
  if (lists.size > 0) await turns.run(() => intake.members(account, lists))
}

async function membersOf(
  asking: Asking,
  group: string,
  signal: AbortSignal,
): Promise<WireContact[] | undefined> {
  const path = `/v1/chats/${inPath(group)}/members`
  try {
    return (await asking.insist(path, memberList, signal)).members
  } catch (thrown) {
    // One group that it cannot tell of is no reason to do without the others.
    if (thrown instanceof GatewayFault && thrown.error !== undefined) return undefined
    throw thrown
  }
}
