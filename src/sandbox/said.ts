import type { Said } from './sandbox.ts'
import type { Shared } from './shared.ts'
import type { Body, Message, World } from './world.ts'

/** Everything people and the phone said, oldest first; nothing of the system, nor what the bridge sent. */
export function saidIn(world: World): readonly Said[] {
  return [...world.messages.values()].flatMap(asSaid)
}

function asSaid({ id, chat, from, at, body, recalled, sent }: Message): readonly Said[] {
  const kind = kindOf(body)
  if (from === undefined || kind === undefined || sent) return []
  return [{ id, chat, from, at, kind, text: textOf(body), recalled }]
}

function kindOf(body: Body): string | undefined {
  if (body.kind === 'shared') return body.what.kind
  return body.kind === 'text' || body.kind === 'picture' || body.kind === 'raw'
    ? body.kind
    : undefined
}

function textOf(body: Body): string {
  if (body.kind === 'text') return body.text
  return body.kind === 'shared' ? wordsOf(body.what) : ''
}

/** The words of it, where it has any. */
function wordsOf(what: Shared): string {
  if ('text' in what && what.text !== undefined) return what.text
  if ('title' in what && what.title !== undefined) return what.title
  if ('name' in what) return what.name
  if (what.kind === 'articles') return what.items[0]?.title ?? ''
  if (what.kind === 'location') return what.label ?? what.poi ?? ''
  return what.kind === 'transfer' ? what.amount : ''
}
