import { expect, test } from 'vitest'
import type { Call } from './method.ts'
import { attached, bool, file, int, json, list, needInt, needText, object, text } from './params.ts'
import { fileBytes, stage } from './transport-stage.ts'

const said = { chat_id: '42', text: 'a & b + ü=1' }

test('parameters come by query, form, JSON and multipart alike', async () => {
  const at = await stage({ limits: false })
  const query = new URLSearchParams(said)
  const form = new FormData()
  for (const [name, value] of Object.entries(said)) form.set(name, value)

  const answers = [
    await fetch(`${at.url('sendMessage')}?${query}`),
    await fetch(`${at.url('sendMessage')}?${query}`, { method: 'POST' }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  await at.post('sendMessage', query)
  await at.call('sendMessage', said)
  await at.post('sendMessage', form)
  expect(at.reached.map(({ params }) => params)).toEqual(Array(5).fill(said))
})

test('the query and the body are one, and the first of two with one name counts', async () => {
  const at = await stage()
  await at.call('sendMessage?chat_id=1&chat_id=2', { chat_id: 3, text: 'x' })
  expect(at.reached[0]?.params).toEqual({ chat_id: '1', text: 'x' })
})

test('a body that is not JSON, whatever it says, has no parameters; null is none either', async () => {
  const at = await stage()
  await at.post('sendMessage', '{"chat_id":', 'application/json')
  await at.call('sendMessage', { chat_id: 1, text: null })
  await at.post('sendMessage', 'chat_id=1', 'text/plain')
  expect(at.reached.map(({ params }) => params)).toEqual([{}, { chat_id: 1 }, {}])
})

test('a multipart request brings files by the name of their part, and attach:// finds them', async () => {
  const at = await stage()
  const form = new FormData()
  form.set('chat_id', '42')
  form.set('media', JSON.stringify([{ type: 'document', media: 'attach://one' }]))
  form.set('one', new Blob(['first'], { type: 'text/plain' }), '../名 1.txt')
  form.set('thumbnail', new Blob([]), 'empty.jpg')
  form.append('one', new Blob(['second']), 'too late.txt')
  const { body } = await at.post('sendMediaGroup', form)
  expect(body.result).toMatchObject({
    files: [
      { field: 'one', name: '名 1.txt', mime: 'text/plain', text: 'first' },
      { field: 'thumbnail', name: 'empty.jpg', text: '' },
    ],
  })
  const call = at.reached[0] as Call
  const [member] = list(call, 'media') as readonly { readonly media: string }[]
  expect(attached(call, member?.media ?? '')).toMatchObject({ name: '名 1.txt' })
  expect(file(call, 'thumbnail')).toMatchObject({ name: 'empty.jpg' })
  expect(file(call, 'chat_id')).toBe('42')
  expect(() => attached(call, 'attach://two')).toThrow(
    'Bad Request: wrong file identifier/HTTP URL specified',
  )
})

test("names of uploads are read as Telegram's server reads them: no escapes, and a semicolon ends all", async () => {
  const at = await stage({ limits: false })
  const nameOf = async (disposition: string) => {
    const part = `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nx\r\n--b--\r\n`
    await at.post('sendDocument', part, 'multipart/form-data; boundary="b"')
    return at.reached.at(-1)?.files.get('document')?.name
  }
  expect(await nameOf('name="document"; filename="名 1.txt"')).toBe('名 1.txt')
  expect(await nameOf('name=document; filename=名 1.txt')).toBe('名 1.txt')
  expect(await nameOf('name="document"; filename="a%22b.txt"')).toBe('a%22b.txt')
  expect(await nameOf('name="document"; filename="a;b.txt"')).toBe('"a')
  expect(await nameOf('name="document"; filename=""')).toBe('')
  expect(await nameOf('name="document"')).toBeUndefined()
  expect(at.reached.at(-1)?.params).toEqual({ document: 'x' })
})

test('a multipart body that breaks off is refused, not half done', async () => {
  const at = await stage()
  const broken = '--b\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n42\r\n--b\r\nConte'
  const nameless = '--b\r\nContent-Disposition: form-data; nam="a"\r\n\r\n42\r\n--b--\r\n'
  for (const body of [broken, nameless]) {
    const { status } = await at.post('sendMessage', body, 'multipart/form-data; boundary=b')
    expect(status).toBe(400)
  }
  expect(at.reached).toEqual([])
})

test('names of methods have no case, and are recorded as documented', async () => {
  const at = await stage()
  const { status } = await at.call('SENDmessage', said)
  expect(status).toBe(200)
  expect(at.sim.calls.map(({ method }) => method)).toEqual(['sendMessage'])
})

test('results are wrapped, and errors have the status they name', async () => {
  const at = await stage()
  expect((await at.call('getMe')).body).toEqual({
    ok: true,
    result: { ...at.sim.bot, is_bot: true },
  })
  expect(await at.call('getChat', { chat_id: 1 })).toMatchObject({
    status: 400,
    body: { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
  })
  expect(await at.call('sendNothing')).toMatchObject({
    status: 404,
    body: { ok: false, error_code: 404, description: 'Not Found: method not found' },
  })
})

test('another token is nobody, and other paths are nothing', async () => {
  const { sim } = await stage()
  const got = async (path: string) => {
    const response = await fetch(`${sim.apiRoot}/${path}`)
    const body = (await response.json()) as { description: string; error_code: number }
    return [response.status, body.error_code, body.description]
  }
  expect(await got(`bot${sim.token}x/getMe`)).toEqual([401, 401, 'Unauthorized'])
  expect(await got('botnonsense/getMe')).toEqual([
    401,
    401,
    'Unauthorized: invalid token specified',
  ])
  expect(await got(`file/bot${sim.token}x/documents/file 1.txt`)).toEqual([
    401,
    401,
    'Unauthorized',
  ])
  expect(await got(`bot${sim.token}`)).toEqual([404, 404, 'Not Found'])
  expect(await got('')).toEqual([404, 404, 'Not Found'])
  const put = await fetch(`${sim.apiRoot}/bot${sim.token}/getMe`, { method: 'PUT' })
  expect(put.status).toBe(501)
})

test('files are under the path they were given, as long as they are', async () => {
  const { sim } = await stage()
  const at = (path: string) => fetch(`${sim.apiRoot}/file/bot${sim.token}/${path}`)
  const found = await at('documents/file%201.txt')
  expect(found.headers.get('content-length')).toBe('10000')
  expect(Buffer.from(await found.arrayBuffer()).equals(fileBytes)).toBe(true)
  expect((await at('documents/other.txt')).status).toBe(404)
})

test('a local server gives no files over HTTP', async () => {
  const { sim } = await stage({ filesDir: '/nowhere' })
  const answer = await fetch(`${sim.apiRoot}/file/bot${sim.token}/documents/file%201.txt`)
  expect(answer.status).toBe(404)
})

test('more than 50 MB are too much, and the sender hears so; a local server takes them', async () => {
  const long = () => {
    const form = new FormData()
    form.set('document', new Blob([Buffer.alloc(52 << 20)]), 'long')
    return form
  }
  const at = await stage()
  expect(await at.post('sendDocument', long())).toMatchObject({
    status: 413,
    body: { ok: false, description: 'Request Entity Too Large' },
  })
  expect(at.reached).toEqual([])
  const local = await stage({ filesDir: '/nowhere' })
  const form = long()
  const answer = await fetch(local.url('sendDocument'), { method: 'POST', body: form })
  await answer.body?.cancel()
  expect(local.reached[0]?.files.get('document')?.bytes.length).toBe(52 << 20)
})

test('what nobody foresaw is a 500, and loud', async () => {
  const { error } = console
  const lines: unknown[] = []
  console.error = (...line: unknown[]) => void lines.push(line)
  try {
    const at = await stage()
    // The stage's world knows no users; its defect is a method that throws something else.
    at.reached.push = () => {
      throw new TypeError('a defect')
    }
    expect((await at.call('sendMessage', said)).status).toBe(500)
    expect(lines).toHaveLength(1)
  } finally {
    console.error = error
  }
})

const call = (params: Record<string, unknown>): Call => ({
  method: 'sendMessage',
  params,
  files: new Map(),
})

test('values are read the same as text and as JSON', () => {
  for (const params of [
    { n: '5', yes: 'True', list: '[1]', object: '{"a":1}' },
    { n: 5, yes: true, list: [1], object: { a: 1 } },
  ]) {
    const one = call(params)
    expect(text(one, 'n')).toBe('5')
    expect(int(one, 'n')).toBe(5)
    expect(bool(one, 'yes')).toBe(true)
    expect(list(one, 'list')).toEqual([1])
    expect(object(one, 'object')).toEqual({ a: 1 })
  }
  expect(['1', 'yes', 'TRUE', 1].map((yes) => bool(call({ yes }), 'yes'))).toEqual(
    Array(4).fill(true),
  )
  expect(['0', 'false', '', false, undefined].map((no) => bool(call({ no }), 'no'))).toEqual(
    Array(5).fill(false),
  )
  expect(int(call({ n: '-1001234567890' }), 'n')).toBe(-1001234567890)
})

test('what is missing is undefined, or an error where it is needed', () => {
  const empty = call({ text: '', nothing: null })
  expect([text(empty, 'text'), int(empty, 'n'), json(empty, 'nothing')]).toEqual(
    Array(3).fill(undefined),
  )
  expect(() => needText(empty, 'chat_id')).toThrow('Bad Request: chat_id is empty')
  expect(() => needText(empty, 'text', 'message text is empty')).toThrow(
    'Bad Request: message text is empty',
  )
  expect(() => needInt(call({ id: 'x' }), 'id', 'message identifier is not specified')).toThrow(
    'Bad Request: message identifier is not specified',
  )
})

test('what cannot be read is refused', () => {
  const odd = call({ n: '5x', markup: '{"inline', list: '{}', object: '[]' })
  expect(() => int(odd, 'n')).toThrow('Bad Request: invalid n specified')
  expect(() => json(odd, 'markup', 'reply keyboard markup')).toThrow(
    "Bad Request: can't parse reply keyboard markup JSON object",
  )
  expect(() => list(odd, 'list')).toThrow('Bad Request: expected an Array of list')
  expect(() => object(odd, 'object', 'reply markup')).toThrow(
    'Bad Request: object expected as reply markup',
  )
})
