import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that went through, with all of it. */
export interface Tapped {
  readonly path: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** When it came, in milliseconds. */
  readonly at: number
  answer: string
}

/** A server between a client and a sandbox: it passes everything on, writes it down, and may change answers. */
export interface Tap {
  readonly origin: string
  /** All bases, for the options of a connector or client. */
  readonly bases: Record<'entryBase' | 'fileBase' | 'pushBase', string>
  readonly seen: Tapped[]
  of(path: string): Tapped[]
  /** Change what an endpoint answers, until the change says undefined. */
  change(path: string, how: (body: string) => { status?: number; body: string } | undefined): void
  close(): Promise<void>
}

export async function tapOn(target: string): Promise<Tap> {
  const seen: Tapped[] = []
  const changes = new Map<string, Parameters<Tap['change']>[1]>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url ?? '/', target)
    const path = url.pathname.split('/').at(-1) ?? ''
    const body = Buffer.concat(chunks)
    const tapped: Tapped = {
      path,
      url,
      headers: request.headers,
      body: body.toString(),
      at: Date.now(),
      answer: '',
    }
    seen.push(tapped)
    try {
      const { host, connection, 'content-length': _, ...headers } = request.headers
      const answer = await fetch(url, {
        method: request.method ?? 'GET',
        headers: Object.entries(headers).map(([key, value]) => [key, String(value)]),
        redirect: 'manual',
        ...(body.length > 0 ? { body } : {}),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      const changed = changes.get(path)?.(bytes.toString())
      if (!changed) changes.delete(path)
      tapped.answer = changed?.body ?? bytes.toString()
      response.writeHead(changed?.status ?? answer.status, {
        'set-cookie': answer.headers.getSetCookie(),
      })
      response.end(changed ? changed.body : bytes)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    bases: { entryBase: origin, fileBase: origin, pushBase: origin },
    seen,
    of: (path) => seen.filter((each) => each.path === path),
    change: (path, how) => void changes.set(path, how),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
