/** What being asked to stop does, which is another thing at each stage. */
export interface Signals {
  /** From now on whoever asks is heard by `stop`, and whoever asks twice ends it at once with 1. */
  stopBy(stop: () => void): void
  /** From now on others listen. */
  leave(): void
}

/** As a shell says it: 128 and the number of the signal. */
const killed = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Listens from the first moment on: as the first process of a container nothing else would end it. Until a stage says
 * otherwise it ends at once, with 0 where it is a bridge that has not begun anything, which is no failure of it.
 */
export function hearSignals(isBridge: boolean): Signals {
  let stage: 'early' | 'left' | { asked: boolean; readonly stop: () => void } = 'early'
  for (const [signal, code] of Object.entries(killed)) {
    process.on(signal, () => {
      if (stage === 'left') return
      if (stage === 'early') process.exit(isBridge ? 0 : code)
      if (stage.asked) process.exit(1)
      stage.asked = true
      stage.stop()
    })
  }
  return {
    stopBy(stop) {
      stage = { asked: false, stop }
    },
    leave() {
      stage = 'left'
    },
  }
}
