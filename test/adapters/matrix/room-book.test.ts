import { describe, expect, it } from 'vitest'
import { createRoomBook } from '../../../adapters/matrix/room-book.ts'
import { portalId, roomId } from '../../../src/core/ids.ts'
import { memoryVault } from '../../support/ports.ts'

const portal = portalId('p1')
const one = roomId('!one:x')
const two = roomId('!two:x')

describe('The book of rooms', () => {
  it('finds a portal by its room, and its room only, also after a restart', async () => {
    const vault = memoryVault()
    const book = createRoomBook(vault)
    await book.keep(portal, { room: one, name: 'A' })
    await book.keep(portal, { room: two, name: 'B' })
    for (const each of [book, createRoomBook(vault)]) {
      expect(await each.portalAt(two)).toBe(portal)
      expect(await each.portalAt(one)).toBeUndefined()
      expect(await each.of(portal)).toMatchObject({ room: two, name: 'B' })
      expect(await each.portals()).toEqual([portal])
    }
    await book.drop(portal)
    expect(vault.entries.get('at/!two:x')).toBeUndefined()
    expect(await createRoomBook(vault).portals()).toEqual([])
  })

  it('learns of rooms that were written down before it was there', async () => {
    const vault = memoryVault()
    vault.entries.set('room/p1', JSON.stringify({ room: one, name: 'A', opened: true }))
    const book = createRoomBook(vault)
    const kept = await book.of(portal)
    expect(kept).toMatchObject({ room: one, opened: true })
    if (kept) await book.keep(portal, kept)
    expect(await book.portalAt(one)).toBe(portal)
    expect(await book.portals()).toEqual([portal])
  })

  it('does not lose a room that has come to another portal when the first goes', async () => {
    const book = createRoomBook(memoryVault())
    const other = portalId('p2')
    await book.keep(portal, { room: one })
    await book.keep(other, { room: one })
    await book.drop(portal)
    expect(await book.portalAt(one)).toBe(other)
  })

  it('takes garbage for nothing', async () => {
    const vault = memoryVault()
    for (const junk of ['', '{', '[]', '{"room":1}', 'null']) {
      vault.entries.set('room/p1', junk)
      vault.entries.set('portals', junk)
      expect(await createRoomBook(vault).of(portal)).toBeUndefined()
      expect(await createRoomBook(vault).portals()).toEqual([])
    }
  })

  it('writes nothing where nothing has changed', async () => {
    const vault = memoryVault()
    const book = createRoomBook(vault)
    await book.keep(portal, { room: one, name: 'A' })
    let writes = 0
    const set = vault.set
    vault.set = async (...given) => {
      writes++
      return set(...given)
    }
    await book.keep(portal, { name: 'A', room: one, topic: undefined })
    await book.change(portal, (kept) => kept)
    expect(writes).toBe(0)
  })
})
