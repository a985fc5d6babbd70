import { Dice } from './dice.ts'
import { EXAMPLES, exampleOf } from './examples.ts'
import { saidIn } from './said.ts'
import type { Control, Life, LifeKind, LifePlan, Who } from './sandbox.ts'
import { sample } from './share-files.ts'
import type { State } from './state.ts'

type Talk = Pick<
  Control,
  'say' | 'picture' | 'phoneSay' | 'phonePicture' | 'share' | 'phoneShare' | 'recall'
>

/**
 * People talk by themselves, in bursts: one chat wakes up, some messages follow seconds apart, then it is quiet.
 * Runs by the sandbox's clock, whether a client listens or not, until it is stopped or the sandbox is closed.
 */
export function startLife(state: State, talk: Talk, plan: LifePlan): Life {
  const dice = new Dice(`${plan.seed ?? state.options.seed} life`)
  const kinds = plan.kinds ?? EVERYTHING
  const meanGap = (3_600_000 * MEAN_BURST) / plan.perHour
  let stopped = false
  const later = (ms: number, act: () => void) =>
    state.watch.after(ms, () => {
      if (!stopped) act()
    })
  const speak = (chat: Who, left: number): void => {
    once(state, talk, dice, chat, pickOf(dice, kinds)).catch(warn)
    if (left > 1) later(500 + dice.below(4_500), () => speak(chat, left - 1))
  }
  const burst = (): void => {
    const chats = plan.chats ?? chatsOf(state)
    if (chats.length > 0) speak(pickOf(dice, chats), 1 + dice.below(2 * MEAN_BURST - 1))
    later(meanGap * (0.2 + (dice.below(1_000) / 1_000) * 1.6), burst)
  }
  later(meanGap * (dice.below(1_000) / 1_000), burst)
  return {
    stop: () => {
      stopped = true
    },
  }
}

async function once(
  state: State,
  talk: Talk,
  dice: Dice,
  chat: Who,
  kind: LifeKind,
): Promise<void> {
  const figure = state.world.figures.get(chat)
  if (!figure) return
  if (kind === 'recall') return recallOne(state, talk, dice)
  const isGroup = figure.kind === 'group'
  const others = isGroup
    ? figure.members.map(({ who }) => who).filter((who) => who !== 'me')
    : [chat]
  const from = others.length > 0 ? pickOf(dice, others) : undefined
  if (isGroup && !figure.members.some(({ who }) => who === 'me')) return
  const room = isGroup ? chat : undefined
  const words = `${dice.pick(WORDS)} ${dice.below(1_000_000)}`
  if (kind === 'phone' || from === undefined) {
    if (dice.below(4) === 0) await talk.phonePicture(chat, sample('thumb.jpg'))
    else await talk.phoneSay(chat, words)
    return
  }
  if (kind === 'text') await talk.say(from, words, room)
  else if (kind === 'picture') await talk.picture(from, sample('thumb.jpg'), room)
  else {
    const what = exampleOf(kind, words, kind === 'quote' ? lastIn(state, chat) : undefined, from)
    await (what ? talk.share(from, what, room) : talk.say(from, words, room))
  }
}

/** What was said last in a chat and still stands. */
function lastIn(state: State, chat: Who): string | undefined {
  return saidIn(state.world).findLast((said) => said.chat === chat && !said.recalled)?.id
}

/** Takes back something of the last two minutes: whoever said it, which may be the owner on the phone. */
async function recallOne(state: State, talk: Talk, dice: Dice): Promise<void> {
  const since = state.options.now() - RECALL_MS
  const fresh = recent(state, since)
  if (fresh.length > 0) await talk.recall(pickOf(dice, fresh))
}

function recent(state: State, since: number): readonly string[] {
  const found: string[] = []
  for (let at = state.world.log.length - 1; at >= 0; at -= 1) {
    const item = state.world.log[at]
    if (item?.kind !== 'message') continue
    const { message } = item
    if (message.at < since) break
    const { body, from, recalled, sent, id } = message
    const canBe = body.kind === 'text' || body.kind === 'picture' || body.kind === 'shared'
    if (canBe && from !== undefined && !recalled && !sent) found.push(id)
  }
  return found
}

function chatsOf(state: State): readonly Who[] {
  return [...state.world.figures.values()]
    .filter((figure) =>
      figure.kind === 'group'
        ? figure.members.some(({ who }) => who === 'me')
        : figure.kind === 'friend' && !figure.cut,
    )
    .map(({ who }) => who)
}

/** A defect of the sandbox must not end whoever runs it, nor go unseen. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

function pickOf<T>(dice: Dice, list: readonly T[]): T {
  return list[dice.below(list.length)] as T
}

const MEAN_BURST = 4
const RECALL_MS = 110_000
const EVERYTHING: readonly LifeKind[] = [
  ...Array.from({ length: 24 }, () => 'text' as const),
  ...Array.from({ length: 4 }, () => 'picture' as const),
  ...Array.from({ length: 4 }, () => 'phone' as const),
  ...Array.from({ length: 3 }, () => 'recall' as const),
  ...EXAMPLES,
]
const WORDS = [
  '到了吗',
  '哈哈😂',
  'ok 👍',
  '今晚吃什么？',
  '明天 <八点> 见 & 别迟到',
  '收到\n谢谢',
  '[微笑]',
  '好❤️',
] as const
