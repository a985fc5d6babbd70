import { expect, test } from 'vitest'
import { refuseInside } from '../../../adapters/wechat-puppet/host/inside.ts'

const named = (...found: string[]) => {
  return async () => found.map((address) => ({ address }))
}

test('addresses of the internet are fetched from', async () => {
  for (const url of [
    'http://8.8.8.8/a',
    'https://8.8.8.8:443/a',
    'https://[2606:4700::1111]/a?b=c',
  ]) {
    await expect(refuseInside(url)).resolves.toBeUndefined()
  }
  const outside = named('8.8.8.8', '2606:4700::1111')
  await expect(refuseInside('https://example.org', outside)).resolves.toBeUndefined()
  await expect(refuseInside('https://example.org/文件 1.jpg', outside)).resolves.toBeUndefined()
})

test('what only this machine can reach is not, however it is written', async () => {
  for (const url of [
    'http://127.0.0.1/a',
    'http://10.1.2.3/a',
    'http://192.168.1.1:8080/',
    'http://[::1]/a',
    'http://[::ffff:127.0.0.1]/a',
    'http://[::ffff:10.0.0.1]/a',
    'http://[fe80::1]/a',
    'http://2130706433/a',
    'http://localhost/a',
    'http://printer.local/a',
    'http://router/a',
    'ftp://8.8.8.8/a',
    'file:///etc/passwd',
    'http:8.8.8.8/a',
    'http://8.8.8.8\\@127.0.0.1/a',
    'http://somebody@8.8.8.8/a',
    'nonsense',
  ]) {
    await expect(refuseInside(url), url).rejects.toThrow(/network/)
  }
})

test('a name that stands for an address inside is as good as that address', async () => {
  for (const address of ['127.0.0.1', '10.0.0.7', '::1', '::ffff:192.168.0.1', 'fe80::1%eth0']) {
    const resolve = named('8.8.8.8', address)
    await expect(refuseInside('http://example.org/a', resolve), address).rejects.toThrow(/network/)
  }
})
