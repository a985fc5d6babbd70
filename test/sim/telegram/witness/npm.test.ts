import { grammy } from './grammy.ts'
import { perform } from './perform.ts'
import { telegraf } from './telegraf.ts'

// The third witness is in test/e2e/telegram-witness.test.ts, for it has to be installed.
for (const witness of [telegraf, grammy]) perform(witness, () => witness)
