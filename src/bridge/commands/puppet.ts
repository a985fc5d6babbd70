import type { HubPuppet } from '../../ports/hub.ts'
import type { Reply, Verbs } from './verb.ts'
import { refuse, sayHere } from './verb.ts'

/** Whether the bridge posts as the person, on a hub where it can. */
export function puppetVerbs(): Verbs {
  return {
    puppet: {
      usage: 'puppet TOKEN|off',
      for: 'owner',
      alone: true,
      async run({ asked, words }) {
        const { puppet } = asked.seat.adapter
        if (!puppet) return refuse('noPuppet')
        const [word, ...more] = words
        if (more.length > 0) return 'usage'
        const now = puppet.now()
        // What the configuration says stays, whatever is given here.
        if (word === undefined || now === 'configured') {
          return sayHere({ type: 'puppet', state: now })
        }
        return given(puppet, word.toLowerCase() === 'off' ? undefined : word)
      },
    },
  }
}

/** What was written stands for a token here, which the adapter has. */
function given(puppet: HubPuppet, secret: string | undefined): Reply {
  return {
    async beside(signal) {
      await puppet.give(secret, signal)
      return { notice: { type: 'puppet', state: puppet.now(), now: true }, here: true }
    },
  }
}
