import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  failure,
  jpeg,
  opened,
  sendPicture,
  sendRecall,
  sendText,
} from '../../contract/connector/jobs.ts'
import { until } from '../../support/until.ts'
import { friend, friendChat, groupChat } from './full-gateway.ts'
import type { Exchange } from './garbler.ts'
import { stage } from './stage.ts'

const file = resolve(import.meta.dirname, '../../../docs/connector-http.openapi.yaml')

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: { readonly $ref: string } }>>
}
interface Operation {
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
  readonly parameters?: readonly Parameter[]
}
interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
}
interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const api = parse(readFileSync(file, 'utf8')) as Api
const defs = JSON.parse(
  JSON.stringify(api.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
) as Record<string, object>

test('what the bridge and a gateway say to each other is as the OpenAPI file says, all of it', async () => {
  const seen = [...(await played('push', 'upload')), ...(await played('pull', 'url'))]
  const operations = new Set<string>()
  for (const exchange of seen) {
    const [route, operation] = operationOf(exchange)
    operations.add(route)
    const { asked, answered, status } = exchange
    check(`${route} asked`, operation.requestBody, asked)
    check(
      `${route} ${status}`,
      operation.responses[status] ?? operation.responses.default,
      answered,
    )
    const query = new URL(exchange.path, 'http://x').searchParams
    const known = (operation.parameters ?? []).filter((each) => each.in === 'query')
    expect([...query.keys()].filter((key) => !known.some(({ name }) => name === key))).toEqual([])
    expect(known.filter(({ name, required }) => required && !query.has(name))).toEqual([])
  }
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect([...operations].sort()).toEqual(all.sort())
})

test('what is not as the OpenAPI file says is seen', () => {
  const answer = api.paths['/v1/messages']?.post?.responses['200']
  expect(() => check('', answer, '{"ids": [12]}')).toThrow()
  expect(() => check('', answer, '{"ids": []}')).toThrow()
  expect(() => check('', answer, '{}')).toThrow()
  check('', answer, '{"ids": ["12"]}')
})

/** Everything that the two can say to each other. */
async function played(events: 'push' | 'pull', by: 'upload' | 'url'): Promise<Exchange[]> {
  await using at = await stage({ events, media_by: by })
  const { gateway, one } = at
  const signal = AbortSignal.timeout(10_000)
  const chat = await until(() => one.facts.chat('friend', friend.name ?? ''))
  await until(() => one.facts.rosters.length > 0, 'the members')
  const text = sendText(chat.id, 'hello')
  const receipt = await one.send(text)
  await one.send({ ...sendRecall(chat.id, text), recalls: receipt })
  const bytes = jpeg(50_000)
  await one.send(sendPicture(chat.id, 'image/jpeg'), async () => opened(bytes, 'image/jpeg'))
  await one.connector.markRead?.(chat.id, signal)
  const lost = sendText(chat.id, 'lost')
  const { send } = gateway
  gateway.send = async () => ({ status: 500, body: { error: 'oops' } })
  await failure(one.send(lost))
  expect(await one.connector.find(lost, Date.now(), signal)).toBe('absent')
  gateway.send = send
  gateway.media.set('p', Buffer.from(jpeg(100)))
  gateway.say({ kind: 'image', media: { id: 'p' } })
  const media = await until(() => one.facts.pictures()[0], 'the picture')
  await (await one.connector.download(media, signal)).stream.cancel()
  gateway.tell({ type: 'chats', account: 'wxid_me', chats: [{ ...groupChat, member_count: 2 }] })
  gateway.tell({ type: 'members', account: 'wxid_me', chat: groupChat.id, members: [friend] })
  gateway.tell({ type: 'read', account: 'wxid_me', chat: friendChat.id })
  await until(() => one.facts.reads.length > 0, 'the read mark')
  await one.connector.logout(signal)
  await until(() => one.connector.login(), 'a login')
  await until(() => one.facts.last()?.state === 'scan', 'the code')
  await until(() => gateway.kept >= gateway.events.length - 1, 'the events')
  const posted = gateway.posted.map((each) => ({ ...each, method: 'POST', path: '/v1/events' }))
  const offers = gateway.offers.map((path) => ({ ...nothing, method: 'GET', path }))
  return [...at.proxy.seen, ...posted, ...offers]
}

const nothing = { asked: '', status: 200, answered: '' }

function operationOf({ method, path }: Exchange): [string, Operation] {
  const plain = path.replace(/\?.*/, '')
  const fits = (route: string) => new RegExp(`^${route.replace('{id}', '[^/]+')}$`).test(plain)
  const route = Object.keys(api.paths).find(fits) ?? plain
  const operation = api.paths[route]?.[method.toLowerCase()]
  if (!operation) throw new Error(`the file does not have ${method} ${plain}`)
  return [`${method} ${route}`, operation]
}

function check(what: string, body: Body | undefined, said: string): void {
  const kinds = Object.keys(body?.content ?? {})
  if (!kinds.includes('application/json')) {
    // Bytes, or nothing.
    if (kinds.length === 0) expect([what, said]).toEqual([what, ''])
    return
  }
  const name = body?.content?.['application/json']?.schema?.$ref.split('/').at(-1) ?? ''
  const schema = z.fromJSONSchema({ ...defs[name], $defs: defs } as never)
  const wrong = schema.safeParse(JSON.parse(said)).error
  expect([what, wrong?.issues ?? []]).toEqual([what, []])
}
