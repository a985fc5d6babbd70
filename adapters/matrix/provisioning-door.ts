import type { Provisioning } from '../../src/ports/provisioning.ts'
import { needed } from './provisioning-request.ts'
import type { Asked } from './provisioning-routes.ts'

/** A person's bridge as it is through the door that a request names; as it is, where it names none. */
export function throughDoor({ query, body }: Asked, theirs: Provisioning): Provisioning {
  const said = query.get('door') ?? body.door
  if (said === undefined) return theirs
  const door = needed(said, 'door', 20)
  return {
    login: () => theirs.login(door),
    nextLogin: (since, signal) => theirs.nextLogin(since, signal, door),
    begin: (options) => theirs.begin(options, door),
    logout: (signal) => theirs.logout(signal, door),
    // Chats are told apart by their ids, whichever door they come through.
    chats: theirs.chats.bind(theirs),
    link: theirs.link.bind(theirs),
    unlink: theirs.unlink.bind(theirs),
  }
}
