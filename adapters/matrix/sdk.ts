import type { RequestListener } from 'node:http'
import { Appservice, LogService, setRequestFn } from 'matrix-bot-sdk'
import type { Log } from '../../src/ports/telemetry.ts'
import { parse, record } from './json.ts'
import { forSdk, type Registration } from './registration.ts'
import { retryAfter } from './retry-after.ts'
import { type Asked, sdkTransport, type Told } from './transport.ts'

/** matrix-bot-sdk's application service, not begun: we own the listening socket and the transactions. */
export interface Sdk {
  readonly appservice: Appservice
  /** Its HTTP routes, for what the front does not answer itself. */
  readonly routes: RequestListener
}

export interface SdkOptions {
  readonly registration: Registration
  readonly url: string
  readonly domain: string
}

export function createSdk(options: SdkOptions, log: Log): Sdk {
  quiet(log)
  keepRetryAfter()
  const appservice = new Appservice({
    // Never listened on: `begin()` would register the bot with a login, which MSC4190 servers refuse (real-parts §1).
    port: 0,
    bindAddress: '127.0.0.1',
    homeserverName: options.domain,
    homeserverUrl: options.url,
    registration: forSdk(options.registration),
  })
  answerQuestions(appservice)
  const routes = appservice.expressAppInstance
  routes.all('*', (_request, response) => {
    response.status(404).json({ errcode: 'M_UNRECOGNIZED', error: 'There is nothing here.' })
  })
  return { appservice, routes: routes as RequestListener }
}

/** The SDK leaves a question open for ever when nobody listens to it. Ghosts and rooms are made when needed: no. */
function answerQuestions(appservice: Appservice): void {
  const no = (_about: unknown, reply: (result: false) => void) => reply(false)
  const none = (...args: unknown[]) => (args.at(-1) as (result: readonly []) => void)([])
  appservice.on('query.user', no)
  appservice.on('query.room', no)
  for (const type of ['user', 'location']) {
    appservice.on(`thirdparty.${type}.remote`, none)
    appservice.on(`thirdparty.${type}.matrix`, none)
  }
  appservice.on('thirdparty.protocol', (_name: string, reply: (result: object) => void) =>
    reply({}),
  )
}

/** The SDK writes to the console, bodies included. What matters of it reaches us as a thrown error. */
function quiet(log: Log): void {
  const silent = () => {}
  const tell = (module: string) => log.debug({ module }, 'matrix-bot-sdk noted a problem.')
  LogService.setLogger({ trace: silent, debug: silent, info: silent, warn: tell, error: tell })
}

let isKept = false

/** The SDK drops the headers of an error: what `Retry-After` says goes where Matrix has it, unless that is there too. */
function keepRetryAfter(): void {
  // One for the whole process: the SDK has only one way to ask.
  if (isKept) return
  isKept = true
  const ask = sdkTransport()
  setRequestFn((asked: Asked, done: Told) =>
    ask(asked, (error, answer, body) => {
      if (answer && (answer.statusCode === 429 || answer.statusCode >= 500)) {
        const ms = retryAfter(answer.headers)
        const said = record(parse(String(answer.body)))
        if (ms !== undefined && said && said.retry_after_ms === undefined) {
          answer.body = JSON.stringify({ ...said, retry_after_ms: ms })
        }
      }
      done(error, answer, body)
    }),
  )
}
