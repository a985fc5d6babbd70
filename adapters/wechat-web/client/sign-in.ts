import type { Login } from '../../../src/ports/wechat.ts'
import { Api } from '../api.ts'
import { WireFault } from '../fault.ts'
import { type LoggedIn, type LoginParts, logIn, newCode, openTicket, pollCode } from '../login.ts'
import { dropDevice, loadDevice, saveDevice } from '../push-login.ts'
import { dropSession, loadSession, saveSession } from '../session.ts'
import { initSession, newSession } from '../start.ts'
import { fetchEverybody } from './contacts.ts'
import { type Core, forever } from './core.ts'
import { LocalError } from './result.ts'
import { readState, writeState } from './state-file.ts'

/** How far a login is; `scan` has the text of the QR code. */
export type OnLogin = (login: Login) => void | Promise<void>

/** Login step by step, or at once (protocol §2). Nothing here loops for ever by itself. */
export class SignIn {
  readonly #core: Core
  readonly #onLogin: OnLogin
  #tips = new Set<string>()
  #loggedIn: LoggedIn | undefined

  constructor(core: Core, onLogin: OnLogin) {
    this.#core = core
    this.#onLogin = onLogin
  }

  /** Is the login server there at all? Throws a WireFault. */
  async reach(): Promise<void> {
    const { bases, timings } = this.#core.settings
    this.#core.wire.allow([bases.loginBase])
    const call = { name: 'connectivity', method: 'GET', url: bases.loginBase } as const
    await this.#core.wire.ask({ ...call, timeoutMs: timings.call }, forever)
  }

  /**
   * Everything up to the address book: asks the phone where that is possible, else shows codes. `code`: codes only.
   * Throws a SessionEnd.
   */
  async all(code: boolean, signal: AbortSignal): Promise<void> {
    const { vault, settings } = this.#core
    const device = code ? undefined : await loadDevice(vault, settings.bases.loginBase)
    this.#core.end()
    this.#loggedIn = await logIn(this.#parts(), device, signal)
    const rooms = await this.webInit()
    await this.notify()
    await fetchEverybody(this.#core, rooms)
    await this.keep()
  }

  uuid(): Promise<string> {
    this.#core.wire.cookies = {}
    this.#core.wire.allow([this.#core.settings.bases.loginBase])
    return newCode(this.#parts(), forever)
  }

  /** One poll: WeChat's code, '400' where it made no sense or its credentials page failed. */
  async check(uuid: string): Promise<{ code: string; avatar?: string }> {
    const tip = this.#tips.has(uuid) ? 0 : 1
    this.#tips.add(uuid)
    const parts = this.#parts()
    try {
      const { code, redirectUri, avatar } = await pollCode(parts, uuid, tip, forever)
      if (code === '200') {
        this.#loggedIn = redirectUri ? await openTicket(parts, redirectUri, forever) : undefined
        return { code: this.#loggedIn ? '200' : '400' }
      }
      return { code: code || '400', ...(avatar ? { avatar } : {}) }
    } catch (thrown) {
      // Nothing happened in time: as if the server had said so itself.
      if (thrown instanceof WireFault && thrown.kind === 'timeout') return { code: '408' }
      throw thrown
    }
  }

  /** webwxinit of a login that was confirmed: the rooms of recent chats. */
  async webInit(): Promise<string[]> {
    const core = this.#core
    if (!this.#loggedIn) throw new LocalError(-2000, 'No login was confirmed.')
    const { timings, clock, random, bases } = core.settings
    const session = newSession(this.#loggedIn, core.wire)
    const start = await initSession(new Api(session, core.wire, timings, clock, random), forever)
    core.inviteStart = start.inviteStart
    await core.begin(session)
    core.roster.learn([session.self, ...start.contacts])
    await saveDevice(core.vault, session, bases.loginBase)
    this.#loggedIn = undefined
    return start.rooms
  }

  notify(): Promise<void> {
    return this.#core.api.notify(forever)
  }

  /** Ends the session here and there; the phone is not to be asked any more. */
  async out(): Promise<void> {
    const { api, vault } = this.#core
    try {
      await api.logout(forever)
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown
    } finally {
      await dropDevice(vault)
      await dropSession(vault)
      this.#core.end()
    }
  }

  /** WeChat ended it: what is left is the device, for the phone to be asked. */
  async over(): Promise<void> {
    const { api, vault, settings } = this.#core
    await saveDevice(vault, api.session, settings.bases.loginBase)
    await dropSession(vault)
    this.#core.end()
  }

  async keep(): Promise<void> {
    await this.#core.handled.save()
    await saveSession(this.#core.vault, this.#core.api.session)
  }

  async dump(path: string): Promise<void> {
    await this.keep()
    const { vault, roster } = this.#core
    await writeState(path, { notes: vault.all(), contacts: roster.all() })
  }

  /**
   * Takes up a stored session: one webwxsync with its key tells whether it lives, by its Ret and not by what is in
   * it (trap 24). Gives back that answer: what was said meanwhile is in it. What failed leaves the device, so that
   * a login can ask the phone.
   */
  async load(path: string): Promise<Awaited<ReturnType<Api['sync']>>> {
    const core = this.#core
    const state = await readState(path)
    core.end()
    core.vault.replace(state.notes)
    const session = await loadSession(core.vault)
    if (!session) throw new LocalError(-1005, 'The stored login cannot be read.')
    const api = await core.begin(session)
    try {
      const answer = await api.sync(forever)
      core.roster.learn([session.self, ...state.contacts])
      return answer
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown
      await saveDevice(core.vault, session, core.settings.bases.loginBase)
      await dropSession(core.vault)
      core.end()
      throw new LocalError(-1003, thrown.message)
    }
  }

  #parts(): LoginParts {
    const { bases, desktop, timings, clock, random } = this.#core.settings
    const { wire, log } = this.#core
    const tell = async (login: Login) => this.#onLogin(login)
    return { bases, wire, timings, clock, random, log, tell, ...(desktop ? { desktop } : {}) }
  }
}
