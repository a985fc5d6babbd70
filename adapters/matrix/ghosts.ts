import type { Contact } from '../../src/core/chat.ts'
import { type ContactId, contactId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Speaker } from '../../src/core/post.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { botFace, openBotFace } from './bot-face.ts'
import { errcodeOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import type { Names } from './ids.ts'
import { inTime, pictureMs } from './in-time.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import type { MediaRepository } from './media.ts'
import { nameText } from './text.ts'
import type { Words } from './words.ts'

/** The hub's users who speak for the people of WeChat. */
export interface Ghosts {
  /** The user who speaks for this speaker, registered, named and with its picture. */
  speaker(speaker: Speaker, open: Open, signal: AbortSignal): Promise<string>
  /** Registers a user of ours, whether or not we remember having done so. */
  register(user: string, signal: AbortSignal): Promise<void>
  /** Registers the bot and gives it its name and picture. */
  bot(signal: AbortSignal): Promise<void>
  /** Who the owner is in WeChat: the name and picture of what they type on the phone. */
  meIs(me: Contact): Promise<void>
  /** The owner as WeChat names them, where it has told: in their own groups they are nobody's ghost. */
  myId(): Promise<ContactId | undefined>
  /** The contact for whom a ghost speaks. Undefined: it has not since this was first noted, or is nobody's. */
  contactOf(user: string): Promise<ContactId | undefined>
  /** What the homeserver calls a ghost's picture, if it has one. */
  pictureOf(user: string): Promise<string | undefined>
}

export interface GhostParts {
  readonly homeserver: Homeserver
  readonly media: MediaRepository
  readonly names: Names
  readonly owner: string
  readonly words: Words
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
}

/** What a ghost was really given. Its being there means the user is registered. */
interface Shown {
  /** For whom it speaks. */
  readonly contact?: string | undefined
  readonly name?: string | undefined
  /** The id of the picture, and what the homeserver calls it. */
  readonly avatar?: string | undefined
  readonly mxc?: string | undefined
}

const pictureAgainMs = 10 * 60_000
/** Who has given themselves no name may do so later. */
const nameAgainMs = 10 * 60_000

/** The ghosts of one registration. What they look like is remembered, so that only changes are sent. */
export function createGhosts(parts: GhostParts): Ghosts {
  const { homeserver, names, vault, words } = parts
  const inTurn = createInTurn()
  const pictureFailed = new Map<string, number>()
  let owners: { readonly name: string | undefined; readonly until: number } | undefined

  const register = async (user: string, signal: AbortSignal) => {
    const username = user.slice(1, user.indexOf(':'))
    // inhibit_login: servers with MSC4190 refuse appservice users a login (real-parts §1).
    const body = { type: 'm.login.application_service', username, inhibit_login: true }
    const call = { method: 'POST', path: '/_matrix/client/v3/register', body } as const
    try {
      await homeserver.call({ ...call, what: 'register a user of the bridge' }, signal)
    } catch (error) {
      if (errcodeOf(error) !== 'M_USER_IN_USE') throw error
    }
  }

  const profile = (user: string, field: 'displayname' | 'avatar_url', value: string) => ({
    method: 'PUT' as const,
    path: path`/_matrix/client/v3/profile/${user}/${field}`,
    as: user,
    body: { [field]: value },
    what: `set the ${field} of a user of the bridge`,
  })

  const dress = (
    user: string,
    name: string,
    avatar: MediaRef | undefined,
    open: Open,
    signal: AbortSignal,
    contact?: ContactId,
  ) =>
    inTurn(user, async () => {
      const place = `user/${user}`
      let shown = shownIn(await vault.get(place))
      const remember = async (now: Shown) => {
        shown = now
        await vault.set(place, JSON.stringify(now))
      }
      if (!shown) {
        await register(user, signal)
        await remember({ contact })
      }
      if (contact !== undefined && shown?.contact !== contact) await remember({ ...shown, contact })
      if (shown?.name !== name) {
        await homeserver.call(profile(user, 'displayname', name), signal)
        await remember({ ...shown, name })
      }
      if (!avatar || shown?.avatar === avatar.id || pictureIsLate(user)) return
      // A ghost without its picture can still speak: the message matters more.
      try {
        const picture = parts.media.upload(avatar, open, signal)
        const { mxc } = await inTime(parts.clock, pictureMs, signal, picture)
        await homeserver.call(profile(user, 'avatar_url', mxc), signal)
        await remember({ ...shown, avatar: avatar.id, mxc })
      } catch (error) {
        pictureFailed.set(user, parts.clock.now())
        const reason = error instanceof Error ? error.message : String(error)
        parts.log.info({ user, reason }, 'A ghost has no picture for now.')
      }
    })

  const pictureIsLate = (user: string) => {
    const failed = pictureFailed.get(user)
    return failed !== undefined && parts.clock.now() - failed < pictureAgainMs
  }

  /** Until WeChat has told the owner's name, the name of their Matrix account. */
  const nameOfOwner = async (signal: AbortSignal): Promise<string> => {
    const localpart = parts.owner.slice(1).split(':')[0] ?? parts.owner
    if (!owners || (owners.name === undefined && owners.until <= parts.clock.now())) {
      const call = { path: path`/_matrix/client/v3/profile/${parts.owner}/displayname` }
      const asked = { ...call, method: 'GET' as const, what: "ask for the owner's name" }
      const answer = await homeserver.call(asked, signal).catch(() => undefined)
      owners = { name: text(answer?.displayname), until: parts.clock.now() + nameAgainMs }
    }
    return owners.name ?? localpart
  }

  return {
    register,
    async speaker(speaker, open, signal) {
      if (speaker.type === 'bridge') {
        await dress(names.bot, words.bridge, botFace, openBotFace, signal)
        return names.bot
      }
      if (speaker.type === 'contact') {
        const user = names.ghost(speaker.contact)
        const name = nameText(speaker.name, words.nameless.contact)
        await dress(user, name, speaker.avatar, open, signal, speaker.contact)
        return user
      }
      const me = record(parse(await vault.get('me')))
      const name = text(me?.name) ?? (await nameOfOwner(signal))
      const avatar = record(me?.avatar) as MediaRef | undefined
      await dress(names.me, words.phone(nameText(name, parts.owner)), avatar, open, signal)
      return names.me
    },
    async bot(signal) {
      await register(names.bot, signal)
      await dress(names.bot, words.bridge, botFace, openBotFace, signal)
    },
    async meIs(me) {
      await vault.set('me', JSON.stringify({ id: me.id, name: me.name, avatar: me.avatar }))
    },
    async myId() {
      const id = text(record(parse(await vault.get('me')))?.id)
      return id === undefined ? undefined : contactId(id)
    },
    async contactOf(user) {
      const contact = shownIn(await vault.get(`user/${user}`))?.contact
      return contact === undefined ? undefined : contactId(contact)
    },
    pictureOf: async (user) => shownIn(await vault.get(`user/${user}`))?.mxc,
  }
}

function shownIn(json: string | undefined): Shown | undefined {
  const entry = record(parse(json))
  if (!entry) return undefined
  const { contact, name, avatar, mxc } = entry
  return { contact: text(contact), name: text(name), avatar: text(avatar), mxc: text(mxc) }
}
