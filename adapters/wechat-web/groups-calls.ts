import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { ChatId, ContactId } from '../../src/core/ids.ts'
import type { WeChatPeople } from '../../src/ports/wechat.ts'
import { isRoom } from './contact.ts'
import { type Act, type PeopleCalls, refused } from './people-calls.ts'
import { createChatroom, updateChatroom } from './people-wire.ts'
import { number, type Raw, records, text } from './raw.ts'

/** Topics are cut by the server at this many bytes of UTF-8 (protocol §3.13). */
const maxTopic = 32

/** What is done with groups (protocol §3.13). */
export function groupsCalls(
  calls: PeopleCalls,
): Pick<WeChatPeople, 'createGroup' | 'invite' | 'remove' | 'rename'> {
  return { createGroup, invite, remove, rename }

  async function createGroup(
    people: readonly ChatId[],
    name: string,
    signal: AbortSignal,
  ): Promise<Chat> {
    const users = others(people)
    // Trap 86: it is no group with fewer.
    if (users.length < 2) throw refused('The group was not made: it needs at least two others.')
    const Topic = topicOf(name, 'The group was not made')
    const answer = await calls.call(
      { what: 'group', done: 'made' },
      ({ api }) => createChatroom(api, users, Topic, signal),
      signal,
    )
    const room = text(answer.ChatRoomName)
    if (!isRoom(room)) throw nobody(answer)
    await calls.look([room], signal)
    return calls.live().people.chat(room)
  }

  async function invite(
    group: ChatId,
    people: readonly ChatId[],
    signal: AbortSignal,
  ): Promise<'added' | 'invited'> {
    const room = calls.group(group)
    const live = calls.live()
    const inside = live.people.memberNames(room)
    const users = others(people).filter((each) => !inside.has(each))
    if (users.length === 0) throw refused('Nobody was added: all of them are in the group already.')
    const asks = inside.size + users.length >= live.inviteStart
    const list = users.join(',')
    const act = { what: 'invitation', done: 'made' }
    await (asks
      ? update(act, room, 'invitemember', { InviteMemberList: list }, signal)
      : update(act, room, 'addmember', { AddMemberList: list }, signal))
    return asks ? 'invited' : 'added'
  }

  async function remove(
    group: ChatId,
    members: readonly ContactId[],
    signal: AbortSignal,
  ): Promise<void> {
    const room = calls.group(group)
    const inside = calls.live().people.memberNames(room)
    const users = members.map((each) => calls.userName(each, 'the member'))
    if (users.length === 0 || !users.every((each) => inside.has(each))) {
      throw refused('Nobody was removed: not all of them are in the group.')
    }
    const act = { what: 'member', done: 'removed' }
    await update(act, room, 'delmember', { DelMemberList: [...new Set(users)].join(',') }, signal)
  }

  async function rename(group: ChatId, name: string, signal: AbortSignal): Promise<void> {
    const room = calls.group(group)
    const NewTopic = topicOf(name, 'The group was not renamed')
    if (!NewTopic) throw refused('The group was not renamed: the new name is empty.')
    await update({ what: 'group', done: 'renamed' }, room, 'modtopic', { NewTopic }, signal)
  }

  async function update(act: Act, room: string, fun: string, body: Raw, signal: AbortSignal) {
    await calls.call(act, ({ api }) => updateChatroom(api, room, fun, body, signal), signal)
    await calls.look([room], signal)
  }

  /** UserNames of people; groups and special accounts cannot be in a group. */
  function others(people: readonly ChatId[]): string[] {
    const users = [...new Set(people.map((each) => calls.userName(each)))]
    const odd = users.find((each) => !each.startsWith('@') || isRoom(each))
    if (odd !== undefined) throw refused('Not done: only people can be in a group.')
    return users
  }
}

function topicOf(name: string, not: string): string {
  const topic = name.replace(/\s+/gu, ' ').trim()
  if (new TextEncoder().encode(topic).length <= maxTopic) return topic
  const limit = `${maxTopic} bytes (about 10 Chinese characters)`
  throw new BridgeError(`${not}: its name may have at most ${limit}.`, {
    code: 'tooLarge',
    heal: 'never',
    certain: true,
  })
}

/** A Ret of 0 without a group: some of them could not be added (`MemberStatus`, protocol §3.13). */
function nobody(answer: Raw): BridgeError {
  const not = records(answer.MemberList).filter((each) => number(each.MemberStatus) !== 0).length
  const why = not > 0 ? ` ${not} of them have deleted or blocked you.` : ''
  return refused(`The group was not made: WeChat made none.${why}`)
}
