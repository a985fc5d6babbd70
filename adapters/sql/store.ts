import type { Lane } from '../../src/core/ids.ts'
import type { Change } from '../../src/ports/archive.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Store, Unit } from '../../src/ports/store.ts'
import { chatIn, chatRow } from './chat-rows.ts'
import { accept, countChats, markRead, saveChats } from './chats.ts'
import { bury, deliver, markSending, retry, settle, withdraw } from './delivery.ts'
import { forget, forgetMedia, newest, oldMedia } from './forgetting.ts'
import { release, renew, take } from './leases.ts'
import { deadLetter, deadLetters, drop } from './letters.ts'
import { type Listeners, listeners } from './listeners.ts'
import { keepMedia, keptMedia, missMedia, wantAgain, wantedMedia, wantMedia } from './media.ts'
import { mergeChats, mergedInto } from './merging.ts'
import {
  knownChats,
  lastSaid,
  latest,
  message,
  messageBy,
  recentChats,
  saveMessage,
} from './messages.ts'
import { accepted, orphanRecall, recalledSince, relate } from './orphans.ts'
import {
  depth,
  enqueue,
  hold,
  lanes,
  nextDue,
  ready,
  requeue,
  rowByKey,
  uncertain,
} from './outbox.ts'
import {
  bindRoom,
  mergedRooms,
  portal,
  portalAlready,
  portalIn,
  portalOf,
  unbindRoom,
} from './portals.ts'
import { eventOf, eventsOf, joinEvent, messageAt, sentReceipt, soleEventsOf } from './receipts.ts'
import { redate } from './redating.ts'
import { Scope } from './scope.ts'
import type { Session } from './session.ts'
import { setSetting, setting } from './settings.ts'
import {
  amend,
  hasten,
  hurry,
  lastWaiting,
  lines,
  repeats,
  spent,
  supersede,
  waiting,
} from './waiting.ts'

/** The write side. `changes` are told what a unit changed, once it has committed. */
export function sqlStore(
  session: Session,
  clock: Clock,
  workers: Listeners<Lane>,
  changes: Listeners<Change>,
): Store {
  const portals = listeners<void>()
  return {
    async unit(work, { urgent } = {}) {
      let done: Scope | undefined
      const result = await session.write(async (tx) => {
        const scope = new Scope(tx, () => clock.now())
        done = scope
        try {
          return await work(unitOver(scope))
        } finally {
          scope.end()
        }
      }, urgent)
      if (done?.portalsChanged) portals.tell()
      for (const lane of done?.woken ?? []) workers.tell(lane)
      for (const change of done?.changes ?? []) changes.tell(change)
      return result
    },
    take: (lane, owner, ttlMs) => session.write((tx) => take(tx, lane, owner, clock.now(), ttlMs)),
    renew: (lease, ttlMs) => session.write((tx) => renew(tx, lease, clock.now(), ttlMs)),
    release: (lease) => session.write((tx) => release(tx, lease)),
    onWork: (wake) => workers.add(wake),
    onPortals: (changed) => portals.add(changed),
    close: () => session.close(),
  }
}

/** The verbs of one transaction, by what they are about. */
function unitOver(scope: Scope): Unit {
  return {
    accept: (source, id, raw, at) => accept(scope, source, id, raw, at),
    accepted: (source, id) => accepted(scope, source, id),

    saveChats: (chats) => saveChats(scope, chats),
    chat: async (id) => chatIn(await chatRow(scope, id)),
    countChats: () => countChats(scope),
    recentChats: (limit, offset) => recentChats(scope, limit, offset),
    knownChats: (limit, offset) => knownChats(scope, limit, offset),
    markRead: (chat, at) => markRead(scope, chat, at),
    mergeChats: (from, into) => mergeChats(scope, from, into),
    mergedInto: (from) => mergedInto(scope, from),

    saveMessage: (saved, about) => saveMessage(scope, saved, about),
    message: (id) => message(scope, id),
    messageBy: (account, aliases, chat) => messageBy(scope, account, aliases, chat),
    latest: (chat, by, since) => latest(scope, chat, by, since),
    lastSaid: (chat) => lastSaid(scope, chat),
    orphanRecall: (account, aliases, chat) => orphanRecall(scope, account, aliases, chat),
    relate: (recall, about) => relate(scope, recall, about),
    recalledSince: (chat, by, since, but) => recalledSince(scope, chat, by, since, but),

    portalOf: (chat, hub, fresh) => portalOf(scope, chat, hub, fresh),
    portalAlready: (chat, hub) => portalAlready(scope, chat, hub),
    portal: (id) => portal(scope, id),
    portalIn: (hub, room) => portalIn(scope, hub, room),
    bindRoom: (id, room) => bindRoom(scope, id, room),
    unbindRoom: (id) => unbindRoom(scope, id),
    mergedRooms: (hub) => mergedRooms(scope, hub),

    joinEvent: (id, part, hub, event) => joinEvent(scope, id, part, hub, event),
    messageAt: (hub, event) => messageAt(scope, hub, event),
    eventOf: (id, hub) => eventOf(scope, id, hub),
    sentReceipt: (id, part) => sentReceipt(scope, id, part),
    eventsOf: (id, hub) => eventsOf(scope, id, hub),
    soleEventsOf: (id, hub) => soleEventsOf(scope, id, hub),

    wantMedia: (media, now, urgency) => wantMedia(scope, media, now, urgency),
    wantedMedia: (now, limit) => wantedMedia(scope, now, limit),
    keepMedia: (id, kept) => keepMedia(scope, id, kept),
    keptMedia: (id) => keptMedia(scope.db, id),
    wantAgain: (id, now) => wantAgain(scope, id, now),
    missMedia: (id, reason, retryAt, counts) => missMedia(scope, id, reason, retryAt, counts),

    enqueue: (lane, job, now, due) => enqueue(scope, lane, job, now, due),
    hold: (lane, job, now, failure) => hold(scope, lane, job, now, failure),
    repeats: (lane, text, chat, since, upTo) => repeats(scope, lane, text, chat, since, upTo),
    lastWaiting: (lane, portal) => lastWaiting(scope, lane, portal),
    stateOf: async (key) => (await rowByKey(scope.db, key))?.state,
    amend: (lane, seq, job) => amend(scope, lane, seq, job),
    supersede: (key, job) => supersede(scope, key, job),
    hurry: (lane, portal, now) => hurry(scope, lane, portal, now),
    hasten: (lane, latest, now) => hasten(scope, lane, latest, now),
    lines: (lane, limit, upTo) => lines(scope, lane, limit, upTo),
    waiting: (lane, portal, upTo) => waiting(scope.db, lane, portal, upTo),
    lanes: () => lanes(scope.db),
    spent: (lane, since) => spent(scope, lane, since),
    ready: (lease, now, limit, busy) => ready(scope, lease, now, limit, busy),
    nextDue: (lease, busy) => nextDue(scope, lease, busy),
    markSending: (lease, seq, now, revision) => markSending(scope, lease, seq, now, revision),
    deliver: (lease, seq, receipt) => deliver(scope, lease, seq, receipt),
    retry: (lease, seq, at, failure) => retry(scope, lease, seq, at, failure),
    bury: (lease, seq, state, failure) => bury(scope, lease, seq, state, failure),
    uncertain: (lease) => uncertain(scope, lease),
    settle: (key, receipt) => settle(scope, key, receipt),
    deadLetters: (limit, of) => deadLetters(scope.db, limit, of),
    deadLetter: (seq) => deadLetter(scope.db, seq),
    drop: (seq) => drop(scope, seq),
    requeue: (seq, now) => requeue(scope, seq, now),
    withdraw: (key) => withdraw(scope, key),
    knows: async (key) => (await rowByKey(scope.db, key)) !== undefined,
    depth: () => depth(scope.db),

    setting: (chat, name) => setting(scope, chat, name),
    setSetting: (chat, name, value) => setSetting(scope, chat, name, value),

    newest: () => newest(scope),
    forget: (what, before, limit, after) => forget(scope, what, before, limit, after),
    redate: (latest, now, limit) => redate(scope, latest, now, limit),
    oldMedia: (before, urgency, limit, after) => oldMedia(scope, before, urgency, limit, after),
    forgetMedia: (ids) => forgetMedia(scope, ids),
  }
}
