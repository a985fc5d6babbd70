import { afterEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())

interface Contact {
  readonly UserName: string
  readonly NickName: string
  readonly PYQuanPin: string
  readonly PYInitial: string
  readonly HeadImgUrl: string
  readonly MemberList: readonly Contact[]
}

async function addressBook(browser: Browser): Promise<Contact[]> {
  const contacts: Contact[] = []
  for (let seq = 0; ; ) {
    const skey = encodeURIComponent(browser.skey)
    const path = `/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&r=1&seq=${seq}&skey=${skey}`
    const page = JSON.parse((await browser.get(path)).text) as {
      MemberList: Contact[]
      Seq: number
    }
    contacts.push(...page.MemberList)
    if (page.Seq === 0) return contacts
    seq = page.Seq
  }
}

/** What can be told of someone besides ids that are new at every login. */
function traits(contact: Contact | undefined): Record<string, unknown> {
  const { UserName, HeadImgUrl, ...rest } = contact as Contact
  return { ...rest, seq: /seq=(\d+)/.exec(HeadImgUrl)?.[1] }
}

describe('a population', () => {
  it('of 5000 friends is made and listed fast, with a name and its spelling for everyone', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const began = performance.now()
    const { friends } = await sandbox.control.populate({ friends: 5_000, groups: 50 })
    const browser = new Browser(sandbox)
    await browser.login(sandbox)
    const contacts = await addressBook(browser)
    expect(performance.now() - began).toBeLessThan(6_000)
    expect(contacts.length).toBeGreaterThanOrEqual(5_000)
    const names = new Map(contacts.map((contact) => [contact.UserName, contact]))
    for (const who of friends) {
      const contact = names.get(sandbox.control.userName(who))
      expect(contact?.NickName).not.toBe('')
      expect(contact?.PYQuanPin).toMatch(/^[a-z]+\??$/)
      expect(contact?.PYInitial).toMatch(/^[A-Z]{3}\??$/)
    }
    expect(new Set(friends.map((who) => sandbox.control.figure(who).name)).size).toBe(5_000)
  })

  it('has twins whom nothing tells apart, and nobody else has their name', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const { friends, twins } = await sandbox.control.populate({ friends: 60, groups: 9, twins: 20 })
    expect(twins).toHaveLength(20)
    const browser = new Browser(sandbox)
    await browser.login(sandbox)
    const contacts = await addressBook(browser)
    const of = (who: string | undefined) =>
      contacts.find((contact) => contact.UserName === sandbox.control.userName(who ?? ''))
    for (let at = 0; at < twins.length; at += 2) {
      expect(traits(of(twins[at]))).toEqual(traits(of(twins[at + 1])))
      expect(traits(of(twins[at]))).toMatchObject({ seq: '0', Alias: '', RemarkName: '', City: '' })
    }
    const names = friends.map((who) => sandbox.control.figure(who).name)
    expect(new Set(names).size).toBe(50)
    const later = await sandbox.control.populate({ friends: 3_000, groups: 0 })
    expect(later.friends.filter((who) => names.includes(sandbox.control.figure(who).name))).toEqual(
      [],
    )
  })

  it('is the same for the same seed, and has groups whose members overlap', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const other = await startSandbox({ holdMs: 60 })
    const plan = { friends: 40, groups: 12, mps: 3, seed: 7 }
    const [one, two] = [await sandbox.control.populate(plan), await other.control.populate(plan)]
    const shown = (of: Sandbox, whos: readonly string[]) =>
      whos.map((who) => of.control.figure(who))
    for (const kind of ['friends', 'groups', 'mps'] as const)
      expect(shown(sandbox, one[kind])).toEqual(shown(other, two[kind]))
    await other.close()
    const rooms = one.groups.map((who) => sandbox.control.figure(who))
    const busy = one.friends.filter(
      (who) => rooms.filter(({ members }) => members.includes(who)).length > 1,
    )
    expect(busy.length).toBeGreaterThan(5)
    expect(rooms.every(({ members }) => members[0] === 'me' && members.length > 2)).toBe(true)
  })

  it('comes to a client that is online already', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const browser = new Browser(sandbox)
    await browser.login(sandbox)
    const { friends } = await sandbox.control.populate({ friends: 5, groups: 0 })
    const { ModContactList } = await browser.sync()
    expect((ModContactList as unknown as Contact[]).map((each) => each.UserName)).toEqual(
      friends.map((who) => sandbox.control.userName(who)),
    )
  })
})
