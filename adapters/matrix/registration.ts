import { randomBytes } from 'node:crypto'
import type { IAppserviceRegistration } from 'matrix-bot-sdk'
import { parse, stringify } from 'yaml'
import { BridgeError } from '../../src/core/errors.ts'
import { record, text } from './json.ts'

/** What homeserver and bridge agree on: two secrets, and which names are the bridge's. */
export interface Registration {
  readonly id: string
  /** Where the homeserver reaches the bridge. */
  readonly url: string
  /** Secret: proves to the homeserver that we are the bridge. */
  readonly asToken: string
  /** Secret: proves to us that a request is the homeserver's. */
  readonly hsToken: string
  readonly senderLocalpart: string
  /** Users `@<prefix>…` and aliases `#<prefix>…` are ours. */
  readonly prefix: string
}

const names = /^[a-z0-9_-]+$/

/** A registration with fresh secrets. Throws a BridgeError (`config`) on names that cannot be used. */
export function makeRegistration(options: {
  readonly url: string
  readonly id?: string
  readonly senderLocalpart?: string
  readonly prefix?: string
}): Registration {
  return checked({
    id: options.id ?? 'wechat',
    url: options.url,
    asToken: secret(),
    hsToken: secret(),
    senderLocalpart: options.senderLocalpart ?? 'wechatbot',
    prefix: options.prefix ?? 'wechat_',
  })
}

/** The registration file a homeserver loads (Matrix application service API, "Registration"). */
export function registrationYaml(registration: Registration): string {
  return stringify({
    ...forSdk(registration),
    // Both names of one thing: servers older than Matrix 1.13 know only the second.
    receive_ephemeral: true,
    'de.sorunome.msc2409.push_ephemeral': true,
  })
}

/** Reads a registration file back. Throws a BridgeError (`config`) that names what is wrong in it. */
export function parseRegistration(yaml: string): Registration {
  let file: unknown
  try {
    file = parse(yaml)
  } catch (error) {
    throw wrong('is not YAML', error)
  }
  const top = record(file)
  if (!top) throw wrong('is not a list of settings')
  const need = (name: string) => {
    const value = text(top[name])
    if (value === undefined) throw wrong(`has no ${name}`)
    return value
  }
  const users = record(top.namespaces)?.users
  const regex = Array.isArray(users) && users.length === 1 ? text(record(users[0])?.regex) : ''
  const prefix = /^@([a-z0-9_-]+)\.[*+](?::.*)?$/.exec(regex ?? '')?.[1]
  if (!prefix) {
    throw wrong(`needs exactly one users namespace, of the form "@wechat_.*", not "${regex}"`)
  }
  return checked({
    id: need('id'),
    url: need('url'),
    asToken: need('as_token'),
    hsToken: need('hs_token'),
    senderLocalpart: need('sender_localpart'),
    prefix,
  })
}

/** The registration as matrix-bot-sdk wants it, which is also the file's content. */
export function forSdk(registration: Registration): IAppserviceRegistration {
  const { prefix } = registration
  return {
    id: registration.id,
    url: registration.url,
    as_token: registration.asToken,
    hs_token: registration.hsToken,
    sender_localpart: registration.senderLocalpart,
    rate_limited: false,
    namespaces: {
      users: [{ exclusive: true, regex: `@${prefix}.*` }],
      aliases: [{ exclusive: true, regex: `#${prefix}.*` }],
      rooms: [],
    },
  }
}

function checked(registration: Registration): Registration {
  if (!names.test(registration.prefix)) {
    throw wrong(`has the prefix "${registration.prefix}"; use a-z, 0-9, "_" and "-" only`)
  }
  if (!names.test(registration.senderLocalpart)) {
    throw wrong(
      `has the sender_localpart "${registration.senderLocalpart}"; use a-z, 0-9, "_" and "-" only`,
    )
  }
  if (registration.asToken === registration.hsToken) {
    throw wrong('has the same as_token and hs_token; they must differ')
  }
  if (!URL.canParse(registration.url)) throw wrong(`has the url "${registration.url}", not a URL`)
  return registration
}

const wrong = (what: string, cause?: unknown) =>
  new BridgeError(
    `The Matrix registration file ${what}. Make a new one with "bridge registration".`,
    { code: 'config', heal: 'never', certain: true },
    { cause },
  )

const secret = () => randomBytes(32).toString('base64url')
