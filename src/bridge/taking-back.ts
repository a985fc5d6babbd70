import type { Chat } from '../core/chat.ts'
import type { AccountId } from '../core/ids.ts'
import { sendKey, sendLine, takingId, weChatLane } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { ConnectorFeatures } from '../core/post.ts'
import type { Unit } from '../ports/store.ts'
import type { Hand } from './hands.ts'
import { isTheirs } from './hands.ts'
import type { Parts } from './parts.ts'
import type { Part, Versions } from './versions.ts'
import { partsOf, versionsOf } from './versions.ts'

/** `nothing`: it is none of a person's, or never went out. `tooLate`: some of it stays in WeChat. */
export type TakenBack = 'taken' | 'nothing' | 'notMine' | 'tooLate'

/**
 * Takes a message of one's own in a chat back in WeChat, every part of it, and of what it was changed to; what has not
 * gone out yet never will. Doing it twice is doing it once. In the caller's transaction.
 */
export type TakeBack = (unit: Unit, chat: Chat, target: Message, hand: Hand) => Promise<TakenBack>

type Clocked = Pick<Parts, 'clock'>
type Recalling = Pick<ConnectorFeatures, 'recallMs'>

/** What the door of an account can do. */
export type FeaturesOf<F = ConnectorFeatures> = (account: AccountId) => F

export function createTakeBack(
  parts: Clocked,
  features: FeaturesOf<Recalling>,
  mintClientId: () => string,
): TakeBack {
  return async (unit, chat, target, hand) => {
    const { sender, content } = target
    // What tells of a recall is the bridge's own, whoever recalled.
    if (target.chat !== chat.id || sender.type === 'bridge' || content.kind === 'recall') {
      return 'nothing'
    }
    if (!isTheirs(hand, target)) return 'notMine'
    const versions = await versionsOf(unit, target)
    let done: TakenBack = 'nothing'
    for (const part of await partsOf(unit, versions.all)) {
      const isDone = await takePart(parts, features(chat.account), mintClientId, unit, chat, part)
      if (!isDone) done = 'tooLate'
      else if (done === 'nothing') done = 'taken'
    }
    // What stays in WeChat may still be put right.
    if (done !== 'tooLate') await unit.accept(takenBack, versions.root, '', parts.clock.now())
    return done
  }
}

/** Who took the message back wanted nothing of it to be in WeChat: what it is changed to later is not sent. */
export const wasTakenBack = (unit: Unit, { root }: Versions): Promise<boolean> =>
  unit.accepted(takenBack, root)

/** The source among those of what was accepted. */
const takenBack = 'bridge/taken-back'

/** Is it too late to take this part back? */
export function isTooLate({ clock }: Clocked, { recallMs }: Recalling, { at }: Part): boolean {
  // What is going out at this moment is recalled behind it, however long it waited before.
  return at !== undefined && clock.now() - at > recallMs
}

/** False: it is too late. */
export async function takePart(
  parts: Clocked,
  features: Recalling,
  mintClientId: () => string,
  unit: Unit,
  chat: Chat,
  part: Part,
): Promise<boolean> {
  if (part.state === 'waiting' || part.state === 'idle') return unit.withdraw(part.key)
  if (isTooLate(parts, features, part)) return false
  const id = takingId(part.of.id)
  const key = sendKey(id, part.part)
  // One that was given up is tried once more.
  await unit.withdraw(key)
  const job = {
    type: 'send',
    key,
    clientId: mintClientId(),
    portal: sendLine(chat.id),
    message: id,
    part: part.part,
    chat: chat.id,
    body: { kind: 'recall', target: part.of.id, part: part.part },
  } as const
  await unit.enqueue(weChatLane(chat.account), job, parts.clock.now())
  return true
}
