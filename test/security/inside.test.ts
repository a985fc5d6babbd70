import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { isInside, publicLookup } from '../../adapters/wechat-http/download.ts'
import { outsideOnly, refuseInside } from '../../adapters/wechat-puppet/host/inside.ts'

// Addresses of media come out of messages: of anybody's. None of them may lead to this machine or the network around it.

/** Of each range that is not the internet (RFC 6890 and its registries): its first and its last address. */
const ranges = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  'private 10/8': ['10.0.0.0', '10.255.255.255'],
  'of a provider': ['100.64.0.0', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.255'],
  'link and cloud metadata': ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  'private 172.16/12': ['172.16.0.0', '172.31.255.255'],
  'of the IETF': ['192.0.0.0', '192.0.0.255'],
  'private 192.168/16': ['192.168.0.0', '192.168.255.255'],
  benchmarks: ['198.18.0.0', '198.19.255.255'],
  multicast: ['224.0.0.0', '239.255.255.255'],
  'reserved and broadcast': ['240.0.0.0', '255.255.255.255'],
  'none and loopback of IPv6': ['::', '::1'],
  'IPv4 in IPv6': ['::ffff:10.0.0.1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::10.0.0.1'],
  NAT64: ['64:ff9b::a00:1', '64:ff9b:1::a00:1'],
  Teredo: ['2001:0:a00:1::'],
  '6to4': ['2002:a00:1::', '2002:7f00:1::'],
  'unique local': ['fc00::1', 'fdff:ffff::1'],
  'link local': ['fe80::1', 'febf::1'],
  'multicast of IPv6': ['ff00::1', 'ff02::1'],
}

test.each(Object.entries(ranges))('nothing is fetched from addresses %s', async (_, addresses) => {
  for (const address of addresses) {
    const host = address.includes(':') ? `[${address}]` : address
    await expect(refuseInside(`http://${host}/a`), address).rejects.toThrow(/network/)
    const named = async () => [{ address: '8.8.8.8' }, { address }]
    await expect(refuseInside('http://a.example/a', named), address).rejects.toThrow(/network/)
    expect(isInside(address), address).toBe(true)
  }
})

test('beside them the internet begins', async () => {
  const outside = ['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0']
  const more = ['172.15.255.255', '172.32.0.0', '192.0.1.0', '198.20.0.0', '223.255.255.255']
  for (const address of [...outside, ...more, '2606:4700::1', '2001:4860::1']) {
    const host = address.includes(':') ? `[${address}]` : address
    await expect(refuseInside(`http://${host}/a`), address).resolves.toBeUndefined()
    expect(isInside(address), address).toBe(false)
  }
  expect(isInside('::ffff:8.8.8.8')).toBe(false)
})

test('a name that leads inside by the time of connecting is not connected to', async () => {
  const finds = (find: typeof outsideOnly, name: string) =>
    new Promise((resolve) => find(name, { all: true }, (error) => resolve(error ?? 'found')))
  // Names that stand for this machine, as any name may by the second time it is asked for.
  const own = await lookup(hostname()).then(
    ({ address }) => (isInside(address) ? [hostname()] : []),
    () => [],
  )
  for (const name of ['localhost', ...own]) {
    expect(await finds(outsideOnly, name)).toBeInstanceOf(Error)
    expect(await finds(publicLookup, name)).toBeInstanceOf(Error)
  }
})
