/** Writes what changed, one write after another; what cannot wait before what can. */
export class Saver {
  readonly #write: () => Promise<void>
  #open: 'nothing' | 'later' | 'soon' = 'nothing'
  #writing: Promise<void> = Promise.resolve()

  constructor(write: () => Promise<void>) {
    this.#write = write
  }

  /** Something must be durable before it is told. */
  soon(): void {
    this.#open = 'soon'
  }

  /** Something is worth keeping, and can be learnt again. */
  later(): void {
    if (this.#open === 'nothing') this.#open = 'later'
  }

  /** Resolves when all that could not wait is durable; with `everything` also the rest. */
  save(everything: boolean): Promise<void> {
    if (this.#open === 'soon' || (everything && this.#open === 'later')) {
      this.#open = 'nothing'
      this.#writing = this.#writing
        .catch(() => undefined)
        .then(this.#write)
        .catch((thrown: unknown) => {
          this.#open = 'soon'
          throw thrown
        })
    }
    return this.#writing
  }
}
