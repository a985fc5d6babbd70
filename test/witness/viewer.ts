import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Room } from 'matrix-js-sdk'
import { loadSite } from '../../adapters/web/site.ts'
import { chatOf, viewsOf } from './views.ts'
import type { Witness } from './witness.ts'

/** The local page, told of nothing but what a client of Matrix knows. */
export interface Viewer {
  /** Leads to the page with a room open. */
  address(room: Room): string
  close(): Promise<void>
}

/** On loopback, without the doors of the real page: it shows invented people. */
export async function openViewer(eye: Witness, rooms: readonly Room[]): Promise<Viewer> {
  const site = await loadSite()
  const lives = new Set<ServerResponse>()
  const viewsIn = async (room: Room) => viewsOf(room, await eye.heard(room), eye.user)
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://viewer')
    const asset = site.get(pathname)
    if (asset) return void response.setHeader('content-type', asset.type).end(asset.body)
    if (pathname === '/api/live') {
      lives.add(response)
      response.setHeader('content-type', 'text/event-stream')
      return void response.write('event: hello\ndata: {}\n\n')
    }
    answer(pathname.replace('/api/', ''), searchParams).then(
      (body) => response.end(body instanceof Uint8Array ? body : JSON.stringify(body)),
      () => response.writeHead(500).end('{}'),
    )
  })

  async function answer(what: string, query: URLSearchParams): Promise<unknown> {
    switch (what) {
      case 'state':
        return state
      case 'chats':
        return Promise.all(
          rooms.map(async (room) => chatOf(room, eye.user, (await viewsIn(room)).at(-1))),
        )
      case 'messages': {
        const room = rooms.find(({ roomId }) => roomId === query.get('chat'))
        return room && !query.has('before') ? viewsIn(room) : []
      }
      case 'media':
        return eye.bytes(query.get('id'))
      case 'letters':
        return []
      default:
        return {}
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: ({ roomId }) => `http://127.0.0.1:${port}/#/chat/${encodeURIComponent(roomId)}`,
    close: () =>
      new Promise((resolve) => {
        for (const live of lives) live.end()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const state = {
  language: 'en',
  sandbox: false,
  login: { state: 'online', name: 'Matrix' },
  depth: { queued: 0, dead: 0 },
  flow: {},
  health: { detail: {} },
  hubs: [],
}
