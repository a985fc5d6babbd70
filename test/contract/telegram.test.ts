import { telegramHarness } from '../support/telegram-harness.ts'
import { hubContract } from './hub.ts'

const skip = [
  {
    why: 'a bot cannot ask what it has posted; the bridge posts again and says that it may be a repeat',
    tests: [
      'finds what was delivered, and nothing before',
      'finds what was delivered before a restart',
    ],
  },
]

hubContract({ name: 'Telegram, asking for updates', make: () => telegramHarness(), skip })
hubContract({
  name: 'Telegram, called with updates',
  make: () => telegramHarness({ webhook: true }),
  skip,
})
hubContract({
  name: 'Telegram, in the topics of a group',
  make: () => telegramHarness({ privateTopics: false, forum: true }),
  skip,
})
