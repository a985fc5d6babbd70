import type { Parts } from './parts.ts'

/** Something that the configuration says, and a person may choose anew while the bridge runs. */
export interface KeptChoice<T> {
  /** Goes by what was chosen before, unless the configuration was changed since: then that is the later choice. */
  recall(): Promise<void>
  /** From now on, and after a restart. */
  choose(value: T): Promise<void>
}

/**
 * `name` is what it is called in the bridge's vault. `apply` makes it hold; `configured` is what holds before anything is
 * recalled.
 */
export function createKeptChoice<T extends string>(
  { vault, log }: Pick<Parts, 'vault' | 'log'>,
  name: string,
  configured: T,
  choices: readonly T[],
  apply: (value: T) => void,
): KeptChoice<T> {
  return {
    async recall() {
      const text = await vault.get(name)
      if (text === undefined) return
      try {
        const kept = JSON.parse(text) as Readonly<Record<string, unknown>>
        if (kept.configured !== configured) return await vault.drop(name)
        const chosen = choices.find((each) => each === kept[name])
        if (chosen !== undefined) apply(chosen)
      } catch (error) {
        log.warn({ name, error: String(error) }, 'what was chosen cannot be read')
      }
    },
    async choose(value) {
      await vault.set(name, JSON.stringify({ [name]: value, configured }))
      apply(value)
    },
  }
}
