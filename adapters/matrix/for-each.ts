/**
 * Does something for each, so many at a time. What fails does not keep the others waiting: the first failure is thrown at
 * the end; one that is final at once.
 */
export async function forEach<T>(
  all: readonly T[],
  together: number,
  work: (one: T) => Promise<void>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<void> {
  const left = all.values()
  const failures: unknown[] = []
  const some = async () => {
    for (const one of left) {
      try {
        await work(one)
      } catch (error) {
        if (isFinal(error)) throw error
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: together }, some))
  if (failures.length > 0) throw failures[0]
}
