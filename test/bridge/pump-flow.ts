import type { PumpWorld } from './pump-world.ts'

/** Answers what begins, as time goes by. Resolves with how many there were. */
export async function flowing(
  world: PumpWorld,
  ms: number,
  how: Parameters<PumpWorld['answer']>[0] = 'ok',
): Promise<number> {
  const end = world.clock.passed + ms
  const before = world.tries.length
  await world.pass(0)
  while (world.clock.passed < end) {
    while (world.open().length > 0) await world.answer(how)
    const next = Math.min(end, world.clock.next() ?? end)
    await world.pass(Math.max(1, next - world.clock.passed))
  }
  while (world.open().length > 0) await world.answer(how)
  return world.tries.length - before
}
