import { beforeEach, describe, expect, it } from 'vitest'
import { createPeople } from '../../../adapters/matrix/people.ts'
import { type Level, levelOf, type Permissions } from '../../../adapters/matrix/permissions.ts'
import { roomId } from '../../../src/core/ids.ts'
import { memoryVault } from '../../support/ports.ts'

const room = roomId('!room:hs')
const other = roomId('!other:hs')
let vault: ReturnType<typeof memoryVault>
const permissions: Permissions = { 'friends.example': 'relay', '@boss:hs': 'admin' }

const people = async (levels: (user: string) => Level | undefined = () => undefined) => {
  const made = createPeople({
    owner: '@owner:hs',
    vault,
    owns: (user) => user.startsWith('@wechat'),
    levelOf: levels,
  })
  await made.load()
  return made
}

beforeEach(() => {
  vault = memoryVault()
})

describe('people on Matrix', () => {
  it('are strangers, but for the owner', async () => {
    const { roleOf, list } = await people()
    expect(roleOf('@owner:hs', room)).toBe('owner')
    expect(roleOf('@bob:hs', room)).toBeUndefined()
    expect(roleOf('@owner:hs.evil', room)).toBeUndefined()
    expect(await list()).toEqual([{ id: '@owner:hs', role: 'owner', name: 'owner' }])
  })

  it('are what the owner has named them, after a restart too', async () => {
    const before = await people()
    expect(await before.set('@bob:far.example', 'user')).toBe(true)
    expect(await before.set('@carol:hs', 'relay')).toBe(true)
    for (const { roleOf, list } of [before, await people()]) {
      expect(roleOf('@bob:far.example', room)).toBe('user')
      expect(roleOf('@carol:hs', other)).toBe('relay')
      expect((await list()).map(({ id }) => id)).toEqual([
        '@owner:hs',
        '@bob:far.example',
        '@carol:hs',
      ])
    }
    const { set, roleOf } = await people()
    expect(await set('@bob:far.example', undefined)).toBe(true)
    expect(roleOf('@bob:far.example', room)).toBeUndefined()
    expect((await people()).roleOf('@bob:far.example', room)).toBeUndefined()
  })

  it.each(['bob', '@bob', '@:hs', 'bob:hs', '@b ob:hs', '@bob:h s', '@bob:hs\n', ''])(
    'are named by an id that could be one (not %j)',
    async (id) => {
      const { set } = await people()
      expect(await set(id, 'user')).toBe(false)
    },
  )

  it('cannot be the owner or a user of the bridge, nor unnamed before they are named', async () => {
    const { set, roleOf } = await people()
    expect(await set('@owner:hs', 'relay')).toBe(false)
    expect(await set('@owner:hs', undefined)).toBe(false)
    expect(await set('@wechat_x:hs', 'user')).toBe(false)
    expect(await set('@bob:hs', undefined)).toBe(false)
    expect(roleOf('@owner:hs', room)).toBe('owner')
  })

  it('whom the bridge knows write in rooms that the owner opens, and nowhere else', async () => {
    const made = await people((user) => levelOf(permissions, user))
    expect(made.roleOf('@bob:friends.example', room)).toBeUndefined()
    await made.relay(room, true)
    for (const { roleOf } of [made, await people((user) => levelOf(permissions, user))]) {
      expect(roleOf('@bob:friends.example', room)).toBe('relay')
      expect(roleOf('@boss:hs', room)).toBe('relay')
      expect(roleOf('@bob:friends.example', other)).toBeUndefined()
      expect(roleOf('@eve:hs', room)).toBeUndefined()
      expect(roleOf('@wechat_x:friends.example', room)).toBeUndefined()
    }
    await made.relay(room, false)
    expect(made.roleOf('@bob:friends.example', room)).toBeUndefined()
  })

  it('are not invited by a link', async () => {
    const { invitation } = await people()
    await expect(invitation('relay')).rejects.toMatchObject({
      failure: { code: 'refused' },
      message: expect.stringContaining('!wx users add @name:server relay'),
    })
  })

  it('are none, where what was kept of them is broken', async () => {
    await vault.set('people', '{"users":[{"id":5},{"id":"@a:b","role":"owner"}],"relays":[7]}')
    const { roleOf, list } = await people()
    expect(roleOf('@a:b', room)).toBeUndefined()
    expect(await list()).toHaveLength(1)
  })
})
