import http from 'node:http'
import https from 'node:https'
import { createRequire, syncBuiltinESMExports } from 'node:module'

// Loaded with --import before an unmodified web WeChat client: whatever it asks of WeChat's hosts goes to a sandbox on
// loopback (SANDBOX_ORIGIN), and nothing else goes anywhere.

const origin = new URL(process.env.SANDBOX_ORIGIN ?? 'http://127.0.0.1:9')

function rerouted(...args: unknown[]): http.ClientRequest {
  const options = args.find(
    (each) => typeof each === 'object' && each !== null && !(each instanceof URL),
  )
  const listener = args.find((each) => typeof each === 'function') as () => void
  const given = { ...(options as http.RequestOptions & { uri?: unknown }) }
  const [first] = args
  const url = typeof first === 'string' || first instanceof URL ? new URL(first) : undefined
  const host = String(url?.hostname ?? given.hostname ?? given.host)
  if (!/(^|\.)(qq\.com|wechat\.com)$/.test(host) && host !== '127.0.0.1') {
    throw new Error(`nothing is asked of ${host} here`)
  }
  const {
    agent: _agent,
    agents: _agents,
    nativeProtocols: _native,
    ...rest
  } = given as Record<string, unknown>
  return http.request(
    {
      ...(rest as http.RequestOptions),
      ...(url && { path: `${url.pathname}${url.search}` }),
      protocol: 'http:',
      host: origin.hostname,
      hostname: origin.hostname,
      port: origin.port,
      agent: false,
    },
    listener,
  )
}

const native = createRequire(import.meta.url)('node:https') as typeof https
native.request = rerouted as typeof https.request
native.get = ((...args: unknown[]) => {
  const request = rerouted(...args)
  request.end()
  return request
}) as typeof https.get
syncBuiltinESMExports()
void https
