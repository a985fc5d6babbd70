import { entries } from '../../config/entries.ts'
import { describe } from '../../config/load.ts'
import type { Manner } from './doctor/doctor.ts'
import { asJson, report, verdict } from './doctor/report.ts'
import { load, type Named } from './load.ts'

/** Shows each value with its origin; `online`: and tries what is outside. Rejects with all faults where it cannot be loaded. */
export async function configCheck(
  named: Named,
  { online, json, patienceMs }: Manner & { readonly online: boolean },
): Promise<number> {
  const { loaded, kinds } = await load(named)
  const { language } = loaded.config
  if (!json) console.log(describe(loaded))
  const findings = online ? await tried(loaded, kinds, patienceMs) : []
  if (json) {
    const values = entries(loaded).map(({ path, shown, origin, secret }) => ({
      path,
      ...(secret ? { set: shown !== 'null' } : { value: JSON.parse(shown) }),
      origin,
    }))
    const tried = online && { findings: asJson(findings, language) }
    console.log(JSON.stringify({ values, ...tried }, undefined, 2))
  } else if (online) {
    console.log(`\n${report(findings, language)}`)
  }
  return verdict(findings)
}

/** Imported late: whoever only looks at values should not wait for a database. */
async function tried(...given: Parameters<typeof import('./doctor/ground.ts').groundOf>) {
  const [{ groundOf }, { lookOutside }] = await Promise.all([
    import('./doctor/ground.ts'),
    import('./doctor/outside.ts'),
  ])
  return lookOutside(await groundOf(...given))
}
