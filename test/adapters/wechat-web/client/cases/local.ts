import { expect } from 'vitest'
import * as library from '../../../../../adapters/wechat-web/client/client.ts'
import { clientTo } from '../bench.ts'
import type { Case, Cases } from './case.ts'

/** Two clients of one sandbox know nothing of each other. */
const apart: Case = async (b) => {
  const other = clientTo(b.sandbox.origin)
  expect(other).toBeInstanceOf(library.WeChatWebClient)
  expect(b.client.loggedIn).toBe(true)
  expect(other.loggedIn).toBe(false)
  expect(await other.sendText('x')).toMatchObject({ ok: false, ret: -2000 })
  await other.close()
}

/** What itchat has as modules and constants. */
export const localCases: Cases = {
  VERSION: async () => expect(library.version).toMatch(/^\d+\.\d+\.\d+/),
  log: async (b) => {
    const lines: string[] = []
    b.client.setLogging({ show: false, write: (line) => void lines.push(line) })
    b.client.log.info({ a: 1 }, 'words')
    b.client.setLogging({ show: false })
    expect(lines).toEqual(['info words {"a":1}\n'])
  },
  set_logging: async (b) => {
    const lines: string[] = []
    b.client.setLogging({ show: false, write: (line) => void lines.push(line), level: 'debug' })
    await b.client.sendText('for the log')
    b.client.setLogging({ show: false })
    expect(lines.join('')).toContain('webwxsendmsg')
    expect(lines.join('')).not.toContain('for the log')
  },
  utils: async () => {
    expect(library.toWebwx).toBeTypeOf('function')
    expect(new library.RecallCache().size).toBe(0)
    expect(library.isMedia).toBeTypeOf('function')
  },
  config: async () => {
    expect(library.officialClientVersion).toBe('2.0.0')
    expect(library.officialExtspam).toHaveLength(880)
  },
  content: async () => expect(library.kinds).toHaveLength(12),
  components: async (b) => expect(b.client.login).toBeTypeOf('function'),
  core: apart,
  Core: apart,
  storage: async (b) => {
    expect(b.client.find(b.control.userName('lin'))?.nickName).toBe('林小满🌿')
    expect(b.client.find('@nobody')).toBeUndefined()
  },
  returnvalues: async (b) => {
    expect(library.localErrors['-1001']).toBe('无法找到对应的成员')
    expect(await b.client.sendText('x', 'nobody is called so')).toMatchObject({
      ok: false,
      ret: -1001,
      errMsg: library.localErrors['-1001'],
    })
    b.control.fault({ path: 'webwxsendmsg', how: { ret: 1205 } })
    const limited = await b.client.sendText('x')
    expect(limited).toMatchObject({ ok: false, ret: 1205, rawMsg: '操作太频繁，请稍后再试。' })
    b.control.fault({ path: 'webwxsendmsg', how: 'html' })
    expect(await b.client.sendText('x')).toMatchObject({ ok: false, ret: -1000 })
    b.control.fault({ path: 'webwxsendmsg', how: '502' })
    expect(await b.client.sendText('x')).toMatchObject({ ok: false, ret: -1004 })
    b.control.fault({ path: 'webwxsendmsg', how: 'refuse' })
    expect(await b.client.sendText('x')).toMatchObject({ ok: false, ret: -1003 })
    expect(await b.client.sendText(' ')).toMatchObject({ ok: false, ret: -1005 })
    expect(await b.client.sendText('fine')).toMatchObject({ ok: true, ret: 0, errMsg: '请求成功' })
  },
  new_instance: apart,
  instanceList: apart,
  originInstance: apart,
}
