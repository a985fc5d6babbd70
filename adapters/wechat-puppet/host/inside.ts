import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Fault } from './load.ts'

type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>

const ask: Resolve = (host) => lookup(host, { all: true })

/**
 * The address may come out of somebody's message: it must not lead to what only this machine can reach, neither itself nor
 * by what its name stands for. Throws a {@link Fault}; rejects as DNS does where the name is not known.
 */
export async function refuseInside(address: string, resolve: Resolve = ask): Promise<void> {
  const host = hostOf(address)
  if (host === undefined) throw refusal()
  if (isIP(host) !== 0) {
    if (isInside(host)) throw refusal()
    return
  }
  if (!host.includes('.') || /(^|\.)(localhost|local|internal|lan|home)\.?$/i.test(host)) {
    throw refusal()
  }
  const found = await resolve(host)
  if (found.some((each) => isInside(each.address))) throw refusal()
}

/** Undefined: it is no plain web address, such that another parser might find another host in it. */
function hostOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const rest = address.slice(url.origin.length)
  if (address.slice(0, url.origin.length).toLowerCase() !== url.origin) return undefined
  return /^(:\d+)?([/?#]|$)/.test(rest) ? url.hostname.replace(/^\[|\]$/g, '') : undefined
}

function isInside(host: string): boolean {
  return inside.check(host.replace(/%.*$/, ''), isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

const inside = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  inside.addSubnet(net, bits, 'ipv4')
}
// Addresses of IPv4 in those of IPv6 are checked as what they are.
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  inside.addSubnet(net, bits, 'ipv6')
}

function refusal(): Fault {
  const message = 'its address leads into this network, where nothing is fetched from'
  return new Fault({ kind: 'puppet', message, sent: 'no' })
}
