/**
 * The first that ends, well or badly, stops the others; what was never begun does not. All are waited for, since the lane
 * may begin anew after.
 */
export async function allOrNone(
  works: readonly (Promise<void> | undefined)[],
  stop: AbortController,
): Promise<void> {
  const ends = await Promise.allSettled(
    works.map(async (work) => {
      if (!work) return
      try {
        await work
      } finally {
        stop.abort(new Error('another part of the lane ended'))
      }
    }),
  )
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}
