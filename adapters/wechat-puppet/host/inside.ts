import { lookup as find } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'
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
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  inside.addSubnet(net, bits, 'ipv4')
}
// An address of IPv4 written as one of IPv6 (::ffff:0:0/96) is checked as what it is. The others that hold one lead through
// gateways, to wherever those stand.
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(net, bits, 'ipv6')
}

/** Finds no address inside: names are asked for again to connect, and may stand for another one by then. */
export const outsideOnly: LookupFunction = (host, options, done) => {
  find(host, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 4)
    const [first] = found
    if (!first || found.some(({ address }) => isInside(address))) return done(refusal(), '', 4)
    if (options.all) done(null, found)
    else done(null, first.address, first.family)
  })
}

function refusal(): Fault {
  const message = 'its address leads into this network, where nothing is fetched from'
  return new Fault({ kind: 'puppet', message, sent: 'no' })
}
