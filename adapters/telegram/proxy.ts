import { type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { SocksProxyAgent } from 'socks-proxy-agent'

/**
 * Connections are kept for the next call, but not for long: one that the other side has closed in the meantime is found
 * out only by a call whose answer is lost.
 */
const kept = { keepAlive: true, timeout: 4_000 }

/**
 * How Telegram is reached, for calls and files alike. `proxy` is an address with `http:`, `https:` or `socks5:`, which
 * may carry a name and password; names are looked up by the proxy.
 */
export function agentFor(apiRoot: string, proxy: string | undefined): HttpAgent {
  if (proxy === undefined) {
    return apiRoot.startsWith('https:') ? new HttpsAgent(kept) : new HttpAgent(kept)
  }
  const url = new URL(proxy)
  if (url.protocol.startsWith('socks')) {
    // Plain socks5 asks the resolver of this machine, which is not to be trusted where Telegram is blocked.
    if (url.protocol === 'socks5:') url.protocol = 'socks5h:'
    // Its `timeout` would end a question for updates that nobody has anything to answer to.
    return new SocksProxyAgent(url)
  }
  const agent = new HttpsProxyAgent(url, kept)
  // Else the proxy's refusal is taken for the answer of Telegram.
  agent.on('proxyConnect', (answer: { readonly statusCode: number }, request: ClientRequest) => {
    if (answer.statusCode !== 200) {
      request.destroy(new Error(`the proxy answered ${answer.statusCode}`))
    }
  })
  return agent
}
