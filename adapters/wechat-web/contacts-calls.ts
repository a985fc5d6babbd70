import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { ChatId, ContactId } from '../../src/core/ids.ts'
import type { WeChatPeople } from '../../src/ports/wechat.ts'
import { isRoom, isSpecial } from './contact.ts'
import type { Live } from './live.ts'
import { type PeopleCalls, refused } from './people-calls.ts'
import { oplog, verifyUser, wireName } from './people-wire.ts'
import { cleanName } from './text.ts'

/** The web page cuts remarks at about this many characters (protocol §3.11). */
const maxRemark = 18
const maxGreeting = 200

/** What is done with one person (protocol §3.11, §3.12). */
export function contactsCalls(
  calls: PeopleCalls,
): Pick<WeChatPeople, 'refresh' | 'remark' | 'pin' | 'accept' | 'add'> {
  return { refresh, remark, pin, accept, add }

  async function refresh(id: ChatId, signal: AbortSignal): Promise<Chat> {
    const user = calls.userName(id)
    await calls.look([user], signal)
    return calls.live().people.chat(user)
  }

  async function remark(id: ChatId, wanted: string, signal: AbortSignal): Promise<void> {
    const user = person(id)
    const name = wanted.trim()
    if ([...name].length > maxRemark) {
      throw refused(`The remark was not set: it may have at most ${maxRemark} characters.`)
    }
    const act = { what: 'remark', done: 'set' }
    await calls.call(
      act,
      ({ api }) => oplog(api, user, { CmdId: 2, RemarkName: name }, signal),
      signal,
    )
    await calls.look([user], signal, ({ people }) => people.setRemark(user, wireName(name)))
  }

  async function pin(id: ChatId, pinned: boolean, signal: AbortSignal): Promise<void> {
    const user = calls.userName(id)
    const act = { what: 'chat', done: pinned ? 'pinned' : 'unpinned' }
    await calls.call(
      act,
      ({ api, people }) => {
        // Without the remark that there is, it would be wiped (trap 45).
        const RemarkName = cleanName(people.raw(user)?.RemarkName ?? '')
        return oplog(api, user, { CmdId: 3, OP: pinned ? 1 : 0, RemarkName }, signal)
      },
      signal,
    )
    await calls.look([user], signal)
  }

  async function accept(id: string, signal: AbortSignal): Promise<Chat> {
    const { requests, people } = calls.live()
    const request = requests.find(id)
    if (!request)
      throw gone(`The friend request ${id.slice(0, 20)} was not accepted: there is none.`)
    if (!requests.isPresent(request)) {
      throw gone('The friend request was not accepted: it is of an earlier login. Use the phone.')
    }
    // An empty ticket accepts nobody (trap 46).
    if (!request.ticket) {
      throw gone(
        'The friend request was not accepted: WeChat gave no ticket for it. Use the phone.',
      )
    }
    const act = { what: 'friend request', done: 'accepted' }
    const { user, ticket } = request
    const verify = async ({ api }: Live) => {
      if (!requests.find(id)) throw gone('The friend request was accepted already.')
      const answer = await verifyUser(api, 3, user, ticket, '', signal)
      await requests.done([{ UserName: user, ContactFlag: 1 }])
      return answer
    }
    await calls.call(act, verify, signal)
    await calls.look([user], signal)
    return people.chat(user)
  }

  async function add(id: ContactId, greeting: string, signal: AbortSignal): Promise<void> {
    const user = calls.userName(id)
    if (isRoom(user) || isSpecial(user))
      throw refused('Not done: this is nobody to be friends with.')
    const act = { what: 'friend request', done: 'made' }
    const words = [...greeting.trim()].slice(0, maxGreeting).join('')
    await calls.call(act, ({ api }) => verifyUser(api, 2, user, '', words, signal), signal)
  }

  function person(id: ChatId): string {
    const user = calls.userName(id)
    if (isRoom(user)) throw refused('The remark was not set: groups have none.')
    return user
  }
}

function gone(sentence: string): BridgeError {
  return new BridgeError(sentence, { code: 'gone', heal: 'never', certain: true })
}
