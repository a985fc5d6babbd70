import type { Member } from '../../src/core/chat.ts'
import type { ChatId } from '../../src/core/ids.ts'
import type { FriendRequest, WeChatPeople } from '../../src/ports/wechat.ts'
import { contactsCalls } from './contacts-calls.ts'
import { groupsCalls } from './groups-calls.ts'
import { lastingOf } from './people.ts'
import { type CallParts, PeopleCalls, refused } from './people-calls.ts'
import { chatsOf } from './receive.ts'
import { searchChats } from './search.ts'

const otherThan = 'Not done: by now WeChat has shown that these two are not the same.'

/** The people and groups of the account logged in. */
export function createDirectory(parts: CallParts): WeChatPeople {
  const calls = new PeopleCalls(parts)
  return {
    ...contactsCalls(calls),
    ...groupsCalls(calls),

    async search(words, limit, kind) {
      const { people } = calls.live()
      return searchChats(people, chatsOf(people), words, limit, kind)
    },

    async members(group): Promise<readonly Member[]> {
      const room = calls.group(group)
      const { people } = calls.live()
      const members = people.membersOf(room)
      // Whoever is named here may be removed or added by that id later.
      await people.book.save()
      return members
    },

    async requests(): Promise<readonly FriendRequest[]> {
      const open = calls.live().requests.list()
      return open.map(({ request, name, greeting, at }) => ({ request, name, greeting, at }))
    },

    async settle(doubtful: ChatId, same: ChatId | undefined): Promise<void> {
      const live = calls.live()
      const { people, teller, turns } = live
      const { book, account } = people
      const from = lastingOf(doubtful, account)
      const into = same === undefined ? undefined : lastingOf(same, account)
      if (from === undefined || (same !== undefined && into === undefined)) {
        throw refused('Not done: that chat is of another account.')
      }
      await turns.run(async () => {
        calls.still(live)
        if (into === undefined) {
          book.doubtful.isNew(from)
          await book.save()
        } else {
          const mayMerge = book.mayMerge(from, into)
          // There it is done: what comes from now on must not go where the other is.
          await (mayMerge ? teller.merge(from, into) : teller.merged(from, into))
          if (!mayMerge) throw refused(otherThan)
        }
        const user = book.userOf(from)
        await teller.tell(user === undefined ? [] : [user])
      })
    },
  }
}
