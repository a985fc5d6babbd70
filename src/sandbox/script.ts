import { readFile } from 'node:fs/promises'
import { Dice } from './dice.ts'
import { ANSWERS, CHATTER, type Line, OPENING } from './lines.ts'
import type { Control, Delivered, Who } from './sandbox.ts'
import { online, type State } from './state.ts'
import { type Picture, picture } from './world.ts'

/** Lets the people live: an opening after the first login, now and then a word, and answers. Ends on close. */
export async function live(state: State, control: Control): Promise<void> {
  const dice = new Dice(`${state.options.seed} script`)
  const begun = await state.watch.until(() => state.sessions[0], FOREVER_MS)
  if (!begun) return
  for (const line of OPENING) {
    state.watch.after(line.at ?? 0, () => tried(open(state, control, line)))
  }
  chatter(state, control, dice)
  for (let next = 0; ; next += 1) {
    const message = await state.watch.until(() => state.delivered[next], FOREVER_MS)
    if (!message) return
    const who = answerer(state, dice, message)
    const text = dice.pick(ANSWERS[answered(message)])
    if (who !== undefined)
      state.watch.after(1_000 + dice.below(1_000), () => {
        const isGroup = state.world.figure(message.to).kind === 'group'
        tried(control.say(who, text, isGroup ? message.to : undefined))
      })
  }
}

async function open(state: State, control: Control, line: Line): Promise<void> {
  const id = await say(control, line)
  if (line.recalledAt === undefined) return
  state.watch.after(line.recalledAt - (line.at ?? 0), () => tried(control.recall(id)))
}

function chatter(state: State, control: Control, dice: Dice): void {
  state.watch.after(20_000 + dice.below(20_000), () => {
    const line = dice.pick(CHATTER)
    if (online(state)) tried(say(control, line))
    chatter(state, control, dice)
  })
}

async function say(control: Control, line: Line): Promise<string> {
  const { from, group, text, picture: shown, shared } = line
  if (shared !== undefined) return control.share(from, shared, group)
  if (shown !== undefined) return control.picture(from, await bytesOf(shown), group)
  return control.say(from, text ?? '', group)
}

/** Read once: people show the same pictures again and again. */
function bytesOf(name: Picture): Promise<Uint8Array> {
  const bytes = PICTURES.get(name) ?? readFile(picture(name))
  PICTURES.set(name, bytes)
  return bytes
}

function answered({ type }: Delivered): keyof typeof ANSWERS {
  return type === 'text' || type === 'image' ? type : 'other'
}

/** Who has left meanwhile cannot speak; that must be seen, and end nothing. */
function tried(act: Promise<unknown>): void {
  act.catch((error: unknown) => process.emitWarning(String(error)))
}

/** Whoever was spoken to; in a group anyone but the owner; the file helper never answers. */
function answerer(state: State, dice: Dice, message: Delivered): Who | undefined {
  const figure = state.world.figure(message.to)
  if (figure.kind === 'friend') return figure.who
  if (figure.kind !== 'group') return undefined
  const [first, ...others] = figure.members
    .map((member) => member.who)
    .filter((who) => who !== 'me')
  return first === undefined ? undefined : dice.pick([first, ...others])
}

const PICTURES = new Map<Picture, Promise<Uint8Array>>()
/** As long as a timer can be. */
const FOREVER_MS = 2_147_483_647
