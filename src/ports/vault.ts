/**
 * A small durable notebook of an adapter: login sessions, cursors, what it made. Values are sealed at rest and
 * written atomically: a crash leaves the old value or the new one. Names are unique within an adapter's vault.
 */
export interface Vault {
  get(name: string): Promise<string | undefined>
  set(name: string, text: string): Promise<void>
  drop(name: string): Promise<void>
}
