import { until } from '../../support/until.ts'
import { hugeItem, itemOf } from './phone-media.ts'
import type { IlinkControl, IlinkSim } from './sim.ts'
import type { Stage } from './stage.ts'

type Json = Readonly<Record<string, unknown>>

/** Plays the person with the phone. */
export function controlOf(
  stage: Stage,
  sim: Pick<IlinkSim, 'origin' | 'idc' | 'cdnBase'>,
  power: Pick<IlinkControl, 'down' | 'up'>,
): IlinkControl {
  const { world } = stage
  const tell = (raw: Json): string => {
    const id = world.tell(raw)
    stage.tick()
    return id
  }
  const item = (only: object): string => tell({ item_list: [only] })
  const openCode = () =>
    until(() => stage.code && stage.code.state !== 'expired' && stage.code, 'a login code')
  return {
    ...power,
    violations: stage.violations,
    shown: async () => (await openCode()).shown,
    async scan() {
      const code = await openCode()
      if (stage.number !== undefined) code.number = stage.number
      if (stage.redirect !== undefined) code.redirect = stage.redirect
      code.state = code.number === undefined ? 'scaned' : 'need_verifycode'
      stage.number = undefined
      stage.redirect = undefined
      stage.tick()
    },
    async confirm() {
      const code = await openCode()
      if (world.token !== undefined && code.tokens.includes(world.token)) {
        code.state = 'binded_redirect'
        return stage.tick()
      }
      const idc = code.redirect !== undefined
      code.token = world.logIn(idc)
      code.base = stage.base ?? (idc ? sim.idc : sim.origin)
      stage.base = undefined
      code.state = 'confirmed'
      stage.tick()
    },
    async expire() {
      const code = await openCode()
      code.state = 'expired'
      stage.tick()
    },
    askFor: (number) => {
      stage.number = number
    },
    async askNow(number) {
      const code = await openCode()
      code.number = number
      code.state = 'need_verifycode'
      stage.tick()
    },
    redirect: (host = new URL(sim.idc).host) => {
      stage.redirect = host
    },
    leadTo: (base) => {
      stage.base = base
    },
    says: async (text) => item({ type: 1, text_item: { text } }),
    sends: async (media) => item(itemOf(stage.cdn, sim.cdnBase, media)),
    quotes: async (text, { id, text: quoted }) => {
      const message_item = { type: 1, text_item: { text: quoted } }
      const ref_msg = {
        ...(id === undefined ? {} : { svr_id: id }),
        ...(quoted === undefined ? {} : { title: quoted, message_item }),
      }
      return item({ type: 1, text_item: { text }, ref_msg })
    },
    inject: async (raw) => tell(raw as Json),
    async repeat(id) {
      world.repeat(id)
      stage.tick()
    },
    async kick() {
      world.token = undefined
      stage.tick()
    },
    lapse: () => world.lapse(),
    fault: (fault) => stage.spoilNext(fault),
    settled: async () => void (await until(() => world.settled, 'everything being fetched')),
    delivered: () => world.delivered.map(({ raw: _, ...each }) => each),
    asked: (path) => stage.calls.get(path) ?? 0,
    cursors: () => stage.cursors,
    toldTokens: () => stage.code?.tokens ?? [],
    token: () => world.token ?? '',
    sendsHuge: async (size) => item(hugeItem(stage.cdn, size)),
  }
}
