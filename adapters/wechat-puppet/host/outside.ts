import { get as httpGet, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { get as httpsGet } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { outsideOnly, refuseInside } from './inside.ts'
import { Fault } from './load.ts'

/** Nothing comes for so long, in milliseconds. */
const stallMs = 60_000

/** What an address is fetched with: for tests, which have no internet. */
export interface Ways {
  /** Throws where nothing may be fetched from. */
  readonly check: (address: string) => Promise<void>
  readonly lookup: LookupFunction
}

const ways: Ways = { check: refuseInside, lookup: outsideOnly }

/**
 * The bytes at an address that a puppet named: from the internet only, by the address itself. What it redirects to nobody
 * has looked at. Throws a {@link Fault}, or what the connection failed with.
 */
export async function openOutside(
  address: string,
  headers: OutgoingHttpHeaders = {},
  { check, lookup }: Ways = ways,
): Promise<Readable> {
  await check(address)
  const url = new URL(address)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const get = url.protocol === 'https:' ? httpsGet : httpGet
    // A connection of somebody else's would have been made without looking at the address.
    const options = { headers, lookup, agent: false, timeout: stallMs } as const
    const request = get(url, options, resolve)
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('nothing came')))
  })
  if (answer.statusCode === 200) return answer
  answer.on('error', () => undefined).destroy()
  const message = `what it leads to is not there (${answer.statusCode})`
  throw new Fault({ kind: 'puppet', message, sent: 'no' })
}
