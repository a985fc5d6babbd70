import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import type { MatrixUser } from '../e2e/matrix-user.ts'
import type { Synapse } from '../e2e/synapse.ts'

/**
 * The least that a bridge can be to its homeserver: an application service of its own that says yes to whatever it is told
 * without reading it, and sends with plain undici.
 */
export interface Bare {
  /** Its registration file. */
  readonly yaml: string
  /** Makes rooms as the bridge makes them: the bot, a ghost, and a person who joins. */
  settle(synapse: Synapse, person: MatrixUser, rooms: number): Promise<void>
  /** Sends texts into its rooms in turn, so many at once. `like`: what else is in each, as the bridge has it. */
  send(texts: readonly string[], like: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

interface Place {
  readonly room: string
  readonly ghost: string
}

export async function openBare(concurrency: number): Promise<Bare> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const registration = {
    ...makeRegistration({ url: `http://127.0.0.1:${port}`, id: 'bare', prefix: 'bare_' }),
    senderLocalpart: 'barebot',
  }
  const places: Place[] = []
  let pool: Pool | undefined

  const call = async (method: 'POST' | 'PUT', path: string, body: object) => {
    if (!pool) throw new Error('It is not settled yet.')
    const answer = await pool.request({
      method,
      path: `/_matrix/client/v3${path}`,
      headers: {
        authorization: `Bearer ${registration.asToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    const json = (await answer.body.json()) as Record<string, string>
    if (answer.statusCode !== 200) throw new Error(JSON.stringify(json))
    return json
  }

  return {
    yaml: registrationYaml(registration),
    async settle(synapse, person, rooms) {
      pool = new Pool(synapse.url, { connections: concurrency })
      for (let n = 0; n < rooms; n++) {
        const username = `bare_${n}`
        const type = 'm.login.application_service'
        await call('POST', '/register', { type, username, inhibit_login: true })
        const user = `@${username}:${synapse.domain}`
        const ghost = encodeURIComponent(user)
        const made = await call('POST', '/createRoom', {
          invite: [person.id, user],
          preset: 'private_chat',
          name: username,
          room_alias_name: username,
          is_direct: true,
        })
        const room = made.room_id ?? ''
        await call('POST', `/join/${encodeURIComponent(room)}?user_id=${ghost}`, {})
        await person.join(room)
        places.push({ room: encodeURIComponent(room), ghost })
      }
    },
    async send(texts, like) {
      let next = 0
      const worker = async () => {
        for (let n = next++; n < texts.length; n = next++) {
          const { room, ghost } = places[n % places.length] ?? { room: '', ghost: '' }
          const transaction = Buffer.from(`bare ${texts[n]}`).toString('base64url')
          const where = `/rooms/${room}/send/m.room.message/${transaction}`
          const body = { ...like, msgtype: 'm.text', body: texts[n] }
          await call('PUT', `${where}?user_id=${ghost}&ts=${Date.now()}`, body)
        }
      }
      await Promise.all(Array.from({ length: concurrency }, worker))
    },
    async close() {
      await pool?.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
