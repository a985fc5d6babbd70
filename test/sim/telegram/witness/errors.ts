import { ClientError, type Said } from './witness.ts'

/** All deeds of a client in which errors are put as a `ClientError`. */
export function saying<T extends object>(deeds: T, said: (error: unknown) => Said | undefined): T {
  const wrapped = Object.entries(deeds).map(([name, deed]) => [
    name,
    async (how: unknown) => {
      try {
        return await (deed as (how: unknown) => unknown)(how)
      } catch (error) {
        const what = said(error)
        throw what ? new ClientError(what) : error
      }
    },
  ])
  return Object.fromEntries(wrapped) as T
}
