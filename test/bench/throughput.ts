import { compare } from './measure.ts'
import { perSecond, type Report, type Row, row, single } from './report.ts'
import type { Bench } from './stage.ts'
import { openWorld } from './world.ts'

const chats = 50

/**
 * No promise to anyone; but a change that makes the bridge dearer than this should be meant. With a real disk the commits
 * themselves weigh most (2 to 3 times); without one, what is in them (6 to 10 times).
 */
const dearest = 15

/**
 * Messages through the whole bridge, with both sides answering at once. A message takes several transactions
 * (accepted, claimed, addressed, sending, delivered): the peer is the same store doing one commit of one small row
 * for each message, and then for each transaction of the bridge.
 */
export const throughput: Bench = async (stage): Promise<Report> => {
  const count = stage.quick ? 200 : 1_000
  const rounds = stage.quick ? 3 : 5
  const world = await openWorld(await stage.folder('throughput'), chats)
  const rows: Row[] = []
  for (const [name, journey] of Object.entries(world.journeys)) {
    stage.say(name)
    const before = world.transactions()
    await journey(count)
    const taken = world.transactions() - before
    const against = async (commits: number) => {
      const peer = async () => ({ all: await world.bare(commits) })
      const ours = async () => ({ all: await journey(count) })
      return (await compare({ peer, ours }, { rounds, perRound: 1 })).get('all')
    }
    rows.push(perSecond(row(name, await against(count)), count, '/s'))
    rows.push(row(`  ${count} of them, against as many commits`, await against(taken), dearest))
    rows.push(single('  transactions for each', '', taken / count))
  }
  await world.close()
  return { about: `${count} texts in ${chats} chats, ${rounds} rounds`, peer: 'bare commits', rows }
}
