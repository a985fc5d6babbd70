import { request } from 'undici'
import {
  type ClockSeen,
  clockSeen,
  type Finding,
  ok,
  type Probed,
  whyUnreached,
} from '../../src/core/finding.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { path } from './homeserver.ts'
import { type Json, parse, record, text } from './json.ts'
import { answerPings } from './ping-answerer.ts'
import * as words from './probe-words.ts'
import type { Registration } from './registration.ts'

export interface ProbeOptions {
  readonly homeserver: { readonly url: string; readonly domain: string }
  readonly registration: Registration
  readonly owner: string
  /** Where the homeserver reaches us. */
  readonly listen: { readonly host: string; readonly port: number }
  /** A bridge listens there already: it answers itself. */
  readonly running: boolean
  readonly puppetToken?: string
}

export interface ProbePorts {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Asks the homeserver who we are to it, and to call back. Changes nothing there, and takes no event. */
export async function probeMatrix(options: ProbeOptions, ports: ProbePorts): Promise<Probed> {
  const clocks: ClockSeen[] = []
  const ask = asking(options, ports, clocks)
  const there = await ask({ method: 'GET', path: '/_matrix/client/versions' })
  const { url } = options.homeserver
  if ('code' in there) return { findings: [words.unreached(url, there.code)], clocks }
  if (there.status !== 200 || !Array.isArray(there.json?.versions)) {
    return { findings: [words.noHomeserver(url, there.status)], clocks }
  }
  const findings: Finding[] = [
    ok(`Matrix：服务器 ${url} 在`, `Matrix: the homeserver ${url} is there`),
  ]
  const we = await whoWeAre(ask, options)
  findings.push(we.finding)
  if (!we.known) return { findings, clocks }
  findings.push(...(await bothWays(ask, options)))
  findings.push(...(await ownerThere(ask, options)))
  findings.push(...(await puppetTaken(ask, options)))
  return { findings, clocks }
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Without one: as nobody. */
  readonly token?: string
  readonly body?: Json
}

/** `code`: there was no answer, and the system's word for why. */
type Said = { readonly status: number; readonly json: Json | undefined } | { readonly code: string }

type Ask = (question: Question) => Promise<Said>

/** Once, with no other try. Rejects only with the reason of the signal. */
function asking(
  { homeserver }: ProbeOptions,
  { clock, signal }: ProbePorts,
  clocks: ClockSeen[],
): Ask {
  const { host } = new URL(homeserver.url)
  return async ({ method, path: where, token, body }) => {
    try {
      const answer = await request(homeserver.url.replace(/\/+$/, '') + where, {
        method,
        signal,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      if (clocks.length === 0) clocks.push(...clockSeen(host, answer.headers.date, clock.now()))
      return { status: answer.statusCode, json: record(parse(await answer.body.text())) }
    } catch (thrown) {
      signal.throwIfAborted()
      return { code: whyUnreached(thrown) }
    }
  }
}

/** Does the homeserver know our as_token, and as whose? */
async function whoWeAre(
  ask: Ask,
  { homeserver, registration }: ProbeOptions,
): Promise<{ readonly finding: Finding; readonly known: boolean }> {
  const { asToken, senderLocalpart } = registration
  const said = await ask({ method: 'GET', path: whoami, token: asToken })
  if ('code' in said) return { finding: words.unreached(homeserver.url, said.code), known: false }
  const user = text(said.json?.user_id)
  if (said.status !== 200 || user === undefined) {
    return { finding: words.unknownToken(said.status), known: false }
  }
  const bot = `@${senderLocalpart}:${homeserver.domain}`
  if (user === bot) {
    return {
      finding: ok(`Matrix：服务器认得桥（${bot}）`, `Matrix: it knows the bridge, as ${bot}`),
      known: true,
    }
  }
  const at = user.indexOf(':')
  const domain = user.slice(at + 1)
  const isOurs = user.slice(1, at) === senderLocalpart
  const finding = isOurs ? words.otherDomain(homeserver.domain, domain) : words.otherUser(user, bot)
  // Whoever it takes us for, it can be asked to call back.
  return { finding, known: true }
}

const whoami = '/_matrix/client/v3/account/whoami'

/** Asks the homeserver to call us where its own registration says, and listens for that where no bridge does. */
async function bothWays(ask: Ask, options: ProbeOptions): Promise<readonly Finding[]> {
  const { registration, listen, running } = options
  // Where nobody can listen, the ports have been told of already.
  const answerer = running
    ? undefined
    : await answerPings(listen, registration.hsToken).catch(() => null)
  if (answerer === null) return []
  try {
    const said = await ask({
      method: 'POST',
      path: path`/_matrix/client/v1/appservice/${registration.id}/ping`,
      token: registration.asToken,
      body: { transaction_id: 'doctor' },
    })
    if ('code' in said) return [words.unreached(options.homeserver.url, said.code)]
    const { status, json } = said
    const errcode = text(json?.errcode) ?? ''
    const back = Number(json?.status)
    if (status === 200) {
      if (answerer && answerer.heard !== 'ours') return [words.elsewhere(registration.url)]
      return [ok('Matrix：服务器也能回连到桥', 'Matrix: it reaches the bridge, too')]
    }
    if (answerer?.heard === 'other') return [words.otherHsToken]
    if (errcode === 'M_BAD_STATUS' && (back === 401 || back === 403)) return [words.otherHsToken]
    if (errcode === 'M_BAD_STATUS') return [words.elsewhere(registration.url, back)]
    if (errcode === 'M_URL_NOT_SET') return [words.noUrl]
    if (/^M_CONNECTION_/.test(errcode)) return [words.notReached(registration.url, listen)]
    if (status === 404 || status === 405) return [words.noPing]
    return [words.pingRefused(status, errcode)]
  } finally {
    await answerer?.close()
  }
}

/** Is the owner a user there? */
async function ownerThere(
  ask: Ask,
  { homeserver, owner, registration }: ProbeOptions,
): Promise<readonly Finding[]> {
  const domain = owner.slice(owner.indexOf(':') + 1)
  if (domain !== homeserver.domain) return [words.foreignOwner(owner, homeserver.domain)]
  const where = path`/_matrix/client/v3/profile/${owner}`
  const said = await ask({ method: 'GET', path: where, token: registration.asToken })
  if (!('code' in said) && said.status === 404) return [words.noOwner(owner)]
  return []
}

/** Does the homeserver take the token that speaks for what is typed on the phone: the owner's, or one that may act for them? */
async function puppetTaken(
  ask: Ask,
  { owner, puppetToken }: ProbeOptions,
): Promise<readonly Finding[]> {
  if (puppetToken === undefined) return []
  for (const where of [whoami, `${whoami}?user_id=${encodeURIComponent(owner)}`]) {
    const said = await ask({ method: 'GET', path: where, token: puppetToken })
    if (!('code' in said) && said.status === 200 && said.json?.user_id === owner) return []
  }
  return [words.puppetRefused(owner)]
}
