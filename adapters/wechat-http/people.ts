import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { Found, WeChatPeople } from '../../src/ports/wechat.ts'
import type { Book } from './book.ts'

/** What the gateway told of people, to look up. What would change something is not in the protocol. */
export function createPeople(book: () => Book | undefined): WeChatPeople {
  const cannot = async (): Promise<never> => {
    throw new BridgeError(
      'Not done: the protocol of the gateway has no word for it. Do it on the phone.',
      { code: 'refused', heal: 'never', certain: true },
    )
  }
  return {
    async search(words, limit, kind) {
      const wanted = plain(words).split(' ').filter(Boolean)
      const fits = (chat: Chat) => {
        const names = [chat.name, chat.remark ?? ''].map(plain)
        return wanted.every((word) => names.some((each) => each.includes(word)))
      }
      const all = wanted.length > 0 ? [...(book()?.all() ?? [])] : []
      return all
        .filter((each) => (kind === undefined || each.kind === kind) && fits(each))
        .sort((a, b) => a.name.length - b.name.length)
        .slice(0, limit)
        .map((chat): Found => ({ chat, detail: '' }))
    },
    async members(group) {
      return book()?.members(group) ?? []
    },
    async requests() {
      return []
    },
    async refresh(chat) {
      const known = book()?.chat(chat)
      if (known) return known
      throw new BridgeError('Not done: the gateway has not told of this chat.', {
        code: 'gone',
        heal: 'never',
        certain: true,
      })
    },
    remark: cannot,
    pin: cannot,
    accept: cannot,
    add: cannot,
    createGroup: cannot,
    invite: cannot,
    remove: cannot,
    rename: cannot,
    settle: cannot,
  }
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase().trim()
