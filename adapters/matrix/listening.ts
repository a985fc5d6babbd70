import type { ContactId, HubId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Calling } from './calling.ts'
import { asChanged } from './event-log.ts'
import type { Names } from './ids.ts'
import { hubEvent, type RoomEvent } from './ingress.ts'
import type { Handing } from './intake.ts'
import type { People } from './people.ts'
import type { Untokened } from './typed-token.ts'

export interface ListeningParts {
  readonly hub: HubId
  readonly owner: string
  readonly names: Names
  readonly people: Pick<People, 'roleOf'>
  readonly calling: Calling
  readonly log: Log
  isManagement(room: string): boolean
  /** The contact for whom a ghost speaks, as far as it is known. */
  contactOf(user: string): Promise<ContactId | undefined>
  /** Who wrote an event of a room; undefined: nobody knows. Throws BridgeErrors. */
  authorOf(room: string, event: string, signal: AbortSignal): Promise<string | undefined>
  untokened(event: RoomEvent): Untokened
  /** Takes an event back that nobody shall read again. In the background. */
  hide(event: RoomEvent): void
  /** Resolves when it is kept. */
  tell(event: HubEvent, raw: string): Promise<void>
}

/** An event, and who told it: to be handed on. */
export interface Heard {
  readonly told: HubEvent
  readonly handing: Handing
}

const mostContacts = 5_000

/**
 * What a room's event means to the hub, and how it is handed on. What it needs to know from elsewhere (whom a pill names,
 * what a guest is called) is asked for when it is handed on, so that its place in the line is kept.
 */
export function createListening(parts: ListeningParts): (event: RoomEvent) => Heard | undefined {
  const { owner, names, people, calling, log } = parts
  const contacts = new Map<string, ContactId | undefined>()

  const read = (event: RoomEvent, unknown?: Set<string>): HubEvent | undefined =>
    asChanged(
      event,
      hubEvent(event, {
        hub: parts.hub,
        owner,
        owns: names.owns,
        isManagement: parts.isManagement,
        contactOf(user) {
          if (!names.speaks(user)) return undefined
          if (!contacts.has(user)) unknown?.add(user)
          return contacts.get(user)
        },
      }),
    )

  const learn = async (users: ReadonlySet<string>) => {
    for (const user of users) {
      const contact = await parts.contactOf(user)
      // Somebody who is not known yet may be by the next time.
      if (contact !== undefined) contacts.set(user, contact)
      const [oldest] = contacts.keys()
      if (contacts.size > mostContacts && oldest !== undefined) contacts.delete(oldest)
    }
  }

  /** Somebody else than the owner is told by name; and what a stranger does is nobody's business. */
  const isHeard = (told: HubEvent): boolean =>
    told.type === 'echo' || people.roleOf(told.from, told.room) !== undefined

  /** Nobody changes what another has written: Matrix takes no notice of that, and shows nothing of it. */
  const isTheirs = async (told: HubEvent): Promise<boolean> => {
    const meant = told.type === 'echo' ? told.otherwise : told
    if (meant?.type !== 'edit') return true
    const signal = AbortSignal.timeout(10_000)
    // Where it is not known, core knows of all but the owner who may change what.
    const asked = parts.authorOf(meant.room, meant.target, signal)
    const author = await asked.catch(() => undefined)
    return author === undefined || author === meant.from
  }

  const named = async (told: HubEvent): Promise<HubEvent> => {
    if (told.type !== 'message' && told.type !== 'edit' && told.type !== 'reaction') return told
    if (told.from === owner) return told
    const signal = AbortSignal.timeout(10_000)
    return { ...told, name: await calling.nameOf(told.from, told.room, signal) }
  }

  return (whole) => {
    // What the bridge says itself holds none, and it must not take back its own explanations.
    const isOurs = names.owns(whole.sender)
    const { event, found } = isOurs ? { event: whole, found: false } : parts.untokened(whole)
    calling.saw(event)
    const unknown = new Set<string>()
    const told = read(event, unknown)
    if (!told || !isHeard(told)) {
      if (found) parts.hide(event)
      const about = { event: event.id, type: event.type }
      log.debug(about, told ? 'A stranger is not listened to.' : 'An event means nothing.')
      return undefined
    }
    return {
      told,
      handing: {
        event: event.id,
        room: told.room,
        async to() {
          if (!(await isTheirs(told))) {
            log.info({ event: event.id }, 'A change of what somebody else wrote means nothing.')
            if (found) parts.hide(event)
            return
          }
          await learn(unknown)
          const now = unknown.size > 0 ? (read(event) ?? told) : told
          await parts.tell(await named(now), JSON.stringify(event.raw))
          if (found) parts.hide(event)
        },
      },
    }
  }
}
