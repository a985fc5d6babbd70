import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After so many bytes it is worth looking, in bytes. */
const everyBytes = 8 << 20

type Collect = (how: { readonly type: 'minor' }) => void

let collect: Collect | undefined
let passed = 0

/**
 * So many bytes went by. Each chunk is garbage as soon as it has gone, but V8 lets 32 MB of such lie before it looks
 * (`Heap::AllocateExternalBackingStore`); a look at the young ones, of a millisecond, every now and then keeps a file
 * of any size from taking more than a few megabytes.
 */
export function wentBy(bytes: number): void {
  passed += bytes
  if (passed < everyBytes) return
  passed = 0
  collect ??= collector()
  collect({ type: 'minor' })
}

/** The collector is not there by itself, and need not be for all. Without it there is a little more garbage. */
function collector(): Collect {
  try {
    setFlagsFromString('--expose-gc')
    const found: unknown = runInNewContext('gc')
    setFlagsFromString('--no-expose-gc')
    return typeof found === 'function' ? (found as Collect) : () => undefined
  } catch {
    return () => undefined
  }
}
