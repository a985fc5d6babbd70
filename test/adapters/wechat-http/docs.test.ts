import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { signatureOf } from '../../../adapters/wechat-http/signing.ts'
import * as wire from '../../../adapters/wechat-http/wire.ts'

const root = resolve(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/connector-http.md'), 'utf8')
const api = parse(readFileSync(join(root, 'docs/connector-http.openapi.yaml'), 'utf8')) as Api

interface Api {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const schemas = Object.entries(wire).filter((entry) => entry[1] instanceof z.ZodType)
const nameOf = (name: string) => name[0]?.toUpperCase() + name.slice(1)

test('the OpenAPI file has the schemas of the code, field by field', () => {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of schemas) registry.add(schema, { id: nameOf(name) })
  const uri = (id: string) => `#/components/schemas/${id}`
  const made = z.toJSONSchema(registry, { uri, io: 'input' }).schemas
  expect(schemas.length).toBeGreaterThan(15)
  expect(bare(api.components.schemas)).toEqual(bare(made))
})

test('the OpenAPI file has the routes of the code, and no others', () => {
  const folder = join(root, 'adapters/wechat-http')
  const code = readdirSync(folder).map((each) => readFileSync(join(folder, each), 'utf8'))
  const found = code.flatMap((text) => [...text.matchAll(/['"`](\/v1\/[^'"`]*)['"`]/g)])
  const routes = found.map(([, route = '']) =>
    route
      .replace(/\?.*/, '')
      .replace(/\$\{[^}]*\}/g, '{id}')
      .replace(/\{id\}$/, (end) => (route.includes('/${') ? end : '')),
  )
  expect(api.openapi).toBe('3.1.0')
  expect([...new Set(routes)].sort()).toEqual(Object.keys(api.paths).sort())
})

test('every reference of the OpenAPI file leads somewhere', () => {
  const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
  expect(references.length).toBeGreaterThan(30)
  for (const [, name = ''] of references) expect(api.components.schemas).toHaveProperty(name)
})

test('the page names every field, kind, state and route', () => {
  const words = new Set(JSON.stringify(api.components.schemas).match(/[a-z_]+/g))
  const fields = schemas.flatMap(([, schema]) => namesIn(z.toJSONSchema(schema, { io: 'input' })))
  expect(fields.length).toBeGreaterThan(100)
  expect(fields.filter((each) => !words.has(each))).toEqual([])
  const said = new Set([...page.matchAll(/["`](\w+)["`]/g)].map(([, word]) => word))
  expect([...new Set(fields)].filter((each) => !said.has(each))).toEqual([])
  expect(Object.keys(api.paths).filter((each) => !page.includes(each))).toEqual([])
})

test('the page signs its example as the code does', () => {
  const secret = /secret `([^`]+)`/.exec(page)?.[1] ?? ''
  const time = Number(/X-WeChat-Time: (\d+)/.exec(page)?.[1])
  const [first, second] = [...page.matchAll(/X-WeChat-Signature: ([0-9a-f]{64})/g)]
  const body = /```json\n(.*)\n```/.exec(page)?.[1] ?? ''
  expect(body).toHaveLength(new TextDecoder().decode(new TextEncoder().encode(body)).length)
  expect(page).toContain(`(${Buffer.byteLength(body)} bytes`)
  expect(wire.eventBatch.safeParse(JSON.parse(body)).error).toBeUndefined()
  const post = { method: 'POST', path: '/v1/events', time }
  expect(signatureOf(secret, post, body)).toBe(first?.[1])
  const get = { method: 'GET', path: '/v1/messages?client_id=17000000000000001', time }
  expect(signatureOf(secret, get, '')).toBe(second?.[1])
})

test('the gateway of the page is as short as it says', () => {
  const lines = readFileSync(join(root, 'docs/examples/http-gateway.py'), 'utf8').split('\n')
  expect(lines.length).toBeLessThanOrEqual(150)
  expect(page).toContain('under 150 lines')
})

/** Without what only explains. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(([name, each]) => {
    return (
      !(name === 'description' && typeof each === 'string') && !['$schema', '$id'].includes(name)
    )
  })
  return Object.fromEntries(kept.map(([name, each]) => [name, bare(each)]))
}

/** Names of fields, and words that a field can be. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, each]) => {
    const own = name === 'properties' ? Object.keys(each as object) : []
    const words = name === 'enum' ? (each as string[]) : name === 'const' ? [String(each)] : []
    return [...own, ...words.filter((word) => /^[a-z_]+$/.test(word)), ...namesIn(each)]
  })
}
