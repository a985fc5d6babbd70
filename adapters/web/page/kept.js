// Media whose bytes have arrived in the bridge: what failed to load before is worth asking for again.

const listeners = new Set()

/** Calls `listener` with the id of each medium that is kept from now on. Returns what ends it. */
export function onKept(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function tellKept(ids) {
  for (const id of ids) for (const listener of [...listeners]) listener(id)
}
