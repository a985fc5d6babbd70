import { describe, expect, test } from 'vitest'
import { fileXml } from '../../../adapters/wechat-web/app-message.ts'
import { isCdn } from '../../../adapters/wechat-web/cdn.ts'
import { fileExtOf, fileNameOf } from '../../../adapters/wechat-web/file-name.ts'
import { extensionOf, mimeOf, mimeOfName, sniff } from '../../../adapters/wechat-web/mime.ts'
import { parseXml, xmlText } from '../../../adapters/wechat-web/xml.ts'

const bytes = (latin: string) => Buffer.from(latin, 'latin1')

describe('what bytes are', () => {
  test.each([
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x01\x02\x03\x04WEBPVP8', 'image/webp'],
    ['BM\x10\x20\n\x00\x00\x00\x00\x00\x36', 'image/bmp'],
    ['\x00\x00\x00\x18ftypheic', 'image/heic'],
    ['\x00\x00\x00\x18ftypavif', 'image/avif'],
    ['\x00\x00\x00\x20ftypisom', 'video/mp4'],
    ['\x00\x00\x00\x20ftypM4A ', 'audio/mp4'],
    ['\x00\x00\x00\x14ftypqt  ', 'video/quicktime'],
    ['\x1aE\xdf\xa3\x01B\x82\x84webm', 'video/webm'],
    ['\x1aE\xdf\xa3\x01B\x82\x88matroska', 'video/x-matroska'],
    ['#!AMR\n', 'audio/amr'],
    ['\x02#!SILK_V3', 'audio/silk'],
    ['#!SILK_V3', 'audio/silk'],
    ['ID3\x03', 'audio/mpeg'],
    ['\xff\xfb\x90', 'audio/mpeg'],
    ['\xff\xf1\x50', 'audio/aac'],
    ['OggS', 'audio/ogg'],
    ['%PDF-1.7', 'application/pdf'],
    ['PK\x03\x04', 'application/zip'],
    ['Rar!\x1a\x07', 'application/vnd.rar'],
    ["7z\xbc\xaf'\x1c", 'application/x-7z-compressed'],
    ['\x1f\x8b\x08', 'application/gzip'],
    ['BMW is a car', undefined],
    ['hello', undefined],
    ['', undefined],
  ])('%j is %s', (head, mime) => {
    expect(sniff(bytes(head))).toBe(mime)
  })

  test('of a file that shows nothing is what was claimed, else what its name says', () => {
    const plain = bytes('hello')
    expect(mimeOf(plain, 'application/octet-stream', 'a.CSV')).toBe('text/csv')
    expect(mimeOf(plain, 'text/x-special', 'a.csv')).toBe('text/x-special')
    expect(mimeOf(plain, '', 'a.csv.exe?')).toBe('application/octet-stream')
    expect(mimeOf(bytes('%PDF-'), 'image/png', 'a.png')).toBe('application/pdf')
  })

  test('of an office document is not just a zip', () => {
    const zip = bytes('PK\x03\x04')
    expect(mimeOf(zip, 'application/octet-stream', 'a.docx')).toContain('wordprocessingml')
    expect(mimeOf(zip, 'application/octet-stream', 'a.png')).toBe('application/zip')
    expect(mimeOfName('x.apk')).toContain('android')
    expect(extensionOf('video/quicktime')).toBe('mov')
    expect(extensionOf('x/y')).toBe('bin')
  })
})

describe('the name of a file that is sent', () => {
  const named = (name: string) => fileNameOf({ kind: 'file', name }, 'application/pdf')

  test.each([
    ['季度报告 v2.pdf', '季度报告 v2.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\evil.exe', 'evil.exe'],
    ['a"b\'c&d<e>.pdf', 'a"b\'c&d<e>.pdf'],
    ['a\r\nContent-Type: text/html\r\n\r\n.pdf', 'html .pdf'],
    ['fdp\u202egnp.exe', 'fdpgnp.exe'],
    ['.bashrc', 'bashrc'],
    ['..', 'file.pdf'],
    ['   ', 'file.pdf'],
    ['', 'file.pdf'],
    ['a/', 'file.pdf'],
    ['nul\u0000l.txt', 'null.txt'],
    ['&lt;b&gt;.txt', '&lt;b&gt;.txt'],
  ])('%j becomes %j', (name, expected) => {
    expect(named(name)).toBe(expected)
  })

  test('is at most 240 bytes, keeps its extension, and is not cut inside a character', () => {
    for (const name of [
      `${'长'.repeat(300)}.pdf`,
      `${'🙂'.repeat(5000)}.pdf`,
      `${'x'.repeat(999)}`,
    ]) {
      const fitted = named(name)
      expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(240)
      expect(fitted.isWellFormed()).toBe(true)
      expect(fileExtOf(fitted)).toBe(fileExtOf(name))
    }
  })

  test('is made up by kind where there is none', () => {
    expect(fileNameOf({ kind: 'voice' }, 'audio/ogg')).toBe('voice.ogg')
    expect(fileNameOf({ kind: 'image' }, 'image/webp')).toBe('image.webp')
    expect(fileNameOf({ kind: 'file' }, 'x/y')).toBe('file.bin')
  })

  test('gets an extension where nobody could open it without, but a file is called as it is', () => {
    expect(fileNameOf({ kind: 'voice', name: 'Voice message' }, 'audio/ogg')).toBe(
      'Voice message.ogg',
    )
    expect(fileNameOf({ kind: 'voice', name: 'v.mp3' }, 'audio/ogg')).toBe('v.mp3')
    expect(fileNameOf({ kind: 'file', name: 'README' }, 'text/plain')).toBe('README')
  })
})

describe('the XML of a file that is sent', () => {
  test('trap 80: a title is escaped, and read again as it was', () => {
    const name = `a<b>&amp;"c"'d'.p<f`
    const xml = fileXml({ name, bytes: 7, mediaId: '@crypt_1' }, false)
    const read = parseXml(xml)
    expect(xmlText(read, 'appmsg', 'title')).toBe(name)
    expect(xmlText(read, 'appmsg', 'appattach', 'fileext')).toBe('p<f')
    expect(xmlText(read, 'appmsg', 'appattach', 'totallen')).toBe('7')
    expect(xmlText(read, 'appmsg', 'appattach', 'attachid')).toBe('@crypt_1')
    expect(xml).toContain(`<title>a&lt;b&gt;&amp;amp;"c"'d'.p&lt;f</title>`)
  })

  test('has an empty fileext for a name without a dot, and no app id in desktop mode', () => {
    const file = { name: 'README', bytes: 7, mediaId: '@crypt_1' }
    expect(fileXml(file, false)).toContain('<fileext></fileext>')
    expect(fileXml(file, false)).toContain("<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''>")
    expect(fileXml(file, true)).toContain("<appmsg appid='' sdkver=''>")
  })
})

describe('where stickers may be fetched', () => {
  test.each([
    ['http://emoji.qpic.cn/wx_emoji/x/', true],
    ['https://mmbiz.qpic.cn/x?y=1', true],
    ['https://qpic.cn.evil.example/x', false],
    ['https://evilqpic.cn/x', false],
    ['https://emoji.qpic.cn:8443/x', false],
    ['http://emoji.qpic.cn:80/x', true],
    ['ftp://emoji.qpic.cn/x', false],
    ['https://user:pass@emoji.qpic.cn/x', false],
    ['http://127.0.0.1/x', false],
    ['file:///etc/passwd', false],
    ['http://127.0.0.1:9/x', true],
  ])('%s: %s', (url, allowed) => {
    expect(isCdn(new URL(url), 'http://127.0.0.1:9')).toBe(allowed)
  })
})
