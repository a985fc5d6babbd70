import { readFileSync } from 'node:fs'

/** Why the memory of another process cannot be read here; undefined: it can. */
export const noMemory = (): string | undefined =>
  process.platform === 'linux' ? undefined : 'only Linux has /proc'

/** Resident memory of a process, in bytes. */
export function rssOf(pid: number): number {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** Looks every 50 ms. */
export class Watcher {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  most = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#look()
    this.#timer = setInterval(() => this.#look(), 50)
  }

  stop(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.most
  }

  #look(): void {
    this.most = Math.max(this.most, rssOf(this.#pid))
  }
}

/** The memory of a process once it has come to rest: within 1 MB for two seconds. */
export async function settledRss(pid: number): Promise<number> {
  for (let base = rssOf(pid), since = Date.now(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = rssOf(pid)
    if (Math.abs(now - base) > 1 << 20) {
      base = now
      since = Date.now()
    } else if (Date.now() - since > 2_000) return now
  }
}

export const megabytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MB`
