import { createServer as createHttp } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy, and where it was asked to lead. */
export interface WayOut {
  readonly port: number
  readonly led: readonly string[]
  close(): Promise<void>
}

/** One for `CONNECT`, for whoever knows `pass` (`name:word`), if there is one. */
export async function httpProxy(pass?: string): Promise<WayOut> {
  const led: string[] = []
  const wanted = pass && `Basic ${Buffer.from(pass).toString('base64')}`
  const server = createHttp()
  server.on('connect', (request, socket: Socket) => {
    if (wanted && request.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    led.push(request.url ?? '')
    const [host = '', port] = (request.url ?? '').split(':')
    lead(socket, host, Number(port), () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  })
  return started(server, led)
}

/** One of SOCKS 5 (RFC 1928), for whoever knows `pass` (RFC 1929), if there is one. Every name leads to this machine. */
export async function socksProxy(pass?: string): Promise<WayOut> {
  const led: string[] = []
  const server = createServer((socket) => {
    const steps = [greeted, ...(pass ? [known] : []), asked]
    socket.on('error', () => socket.destroy())
    socket.on('data', function take(data: Buffer) {
      const step = steps.shift()
      if (!steps.length) socket.off('data', take)
      step?.(socket, data)
    })
    function greeted(to: Socket) {
      to.write(Buffer.from([5, pass ? 2 : 0]))
    }
    function known(to: Socket, data: Buffer) {
      const name = data.subarray(2, 2 + (data[1] ?? 0)).toString()
      const word = data.subarray(3 + name.length).toString()
      const right = `${name}:${word}` === pass
      to.write(Buffer.from([1, right ? 0 : 1]))
      if (!right) to.end()
    }
    function asked(to: Socket, data: Buffer) {
      const isName = data[3] === 3
      const host = isName
        ? data.subarray(5, 5 + (data[4] ?? 0)).toString()
        : [...data.subarray(4, 8)].join('.')
      const port = data.readUInt16BE(data.length - 2)
      led.push(`${host}:${port}`)
      const reply = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
      lead(to, isName ? '127.0.0.1' : host, port, () => to.write(reply))
    }
  })
  return started(server, led)
}

function lead(socket: Socket, host: string, port: number, ready: () => void): void {
  const onward = connect(port, host, () => {
    ready()
    socket.pipe(onward).pipe(socket)
  })
  const end = () => {
    socket.destroy()
    onward.destroy()
  }
  onward.on('error', end).on('close', end)
  socket.on('error', end).on('close', end)
}

async function started(server: Server, led: readonly string[]): Promise<WayOut> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    led,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        for (const socket of open) socket.destroy()
      }),
  }
}
