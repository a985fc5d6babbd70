import type { Message } from '@grammyjs/types'
import { ApiError, bad, type Call } from '../method.ts'
import type { State } from '../model.ts'
import { isObject, list, text } from '../params.ts'
import type { Methods } from '../seam.ts'
import type { SimMediaKind } from '../sim.ts'
import { post, targetOf } from '../target.ts'
import { mediaOf, memberCall } from '../upload.ts'
import { captionOf } from '../words.ts'

/** Two to ten files that belong together: a message each, all or none. */
export const albumMethods = (state: State): Methods => ({
  async sendMediaGroup(call): Promise<Message[]> {
    const members = membersOf(call)
    const contents: Partial<Message>[] = []
    for (const [i, member] of members.entries())
      contents.push(await naming(i + 1, () => contentOfMember(state, call, member)))
    const target = targetOf(state, call)
    const media_group_id = String(13_800_000_000_000_000n + BigInt(state.next()))
    return contents.map((content) => post(state, target, { ...content, media_group_id }))
  },
})

/** The content of `InputMedia`, with its caption. */
export async function contentOfMember(
  state: State,
  call: Call,
  member: Readonly<Record<string, unknown>>,
): Promise<Partial<Message>> {
  const caption = captionOf({ params: member })
  const content = await mediaOf(
    state,
    memberCall(call, member),
    member.type as SimMediaKind,
    'media',
  )
  return { ...content, ...caption }
}

const allowed = ['photo', 'video', 'audio', 'document']

function membersOf(call: Call): Record<string, unknown>[] {
  const given = list(call, 'media', 'InputMedia') ?? []
  if (given.length === 0) throw bad('there are no messages to send')
  if (given.length < 2) throw bad('there are not enough messages to send as an album')
  if (given.length > 10) throw bad('too many messages to send as an album')
  if (isKeyboard(call)) throw bad('reply markup is not allowed for albums')
  const members = given.map((member) => {
    if (!isObject(member)) throw bad("can't parse InputMedia: expected an Object")
    if (!allowed.includes(String(member.type)))
      throw bad(`type "${String(member.type)}" is not supported in an album`)
    return member
  })
  const types = new Set(members.map((member) => member.type))
  for (const [type, name] of [
    ['audio', 'Audio'],
    ['document', 'Document'],
  ])
    if (types.has(type) && types.size > 1)
      throw bad(`${name?.toLowerCase()} can't be mixed with other media types`)
  return members
}

// An album has no keyboard: Telegram passes over one that is given, which hides a mistake.
const isKeyboard = (call: Call): boolean => text(call, 'reply_markup') !== undefined

/** Says which member it is that failed. */
async function naming<T>(number: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error
    const why = error.message.replace(/^Bad Request: /, '')
    throw bad(`failed to send message #${number} with the error message "${why}"`)
  }
}
