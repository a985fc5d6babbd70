import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { execute } from '../support/execute.ts'
import { tempFolder } from '../support/ports.ts'
import { project } from './engine.ts'

// What can be said of compose.yaml, the unit and the guide without running any of it: these tests run everywhere.

interface Service {
  readonly profiles: readonly string[]
  readonly ports?: readonly string[]
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt: readonly string[]
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly volumes: readonly string[]
}

const text = (name: string) => readFileSync(join(project, name), 'utf8')
const compose = parse(text('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
}
const services = Object.entries(compose.services)

test('compose.yaml has the three stacks', () => {
  const profiles = new Set(services.flatMap(([, service]) => service.profiles))
  expect([...profiles].sort()).toEqual(['matrix', 'page', 'telegram'])
})

test.each(services)(
  '%s is open to this machine only, and may do nothing it need not',
  (name, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toContain('no-new-privileges:true')
    expect(service.privileged ?? service.network_mode).toBeUndefined()
    // Synapse's own image begins as root and becomes a user.
    const gained = /homeserver|synapse/.test(name) ? ['CHOWN', 'SETGID', 'SETUID'] : []
    for (const right of service.cap_add ?? []) expect(gained).toContain(right)
    for (const volume of service.volumes) expect(volume).not.toMatch(/docker\.sock|^\//)
  },
)

test('compose.yaml is plain enough for docker-compose 1.29: no default within a default', () => {
  expect(text('compose.yaml')).not.toMatch(/\$\{[^}]*\$\{/)
})

test('every command of the guide names a stack and a service that are there', () => {
  const lines = text('docs/guides/container.md').match(/docker compose --profile .*/g) ?? []
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) {
    const [, profile = '', words = ''] = /--profile (\w+) (.*)/.exec(line) ?? []
    const inProfile = services.filter(([, { profiles }]) => profiles.includes(profile))
    expect(inProfile, line).not.toHaveLength(0)
    const [, service] = /^(?:exec|logs|run)(?: --?\S+(?: 1000)?| "\S+")* (\w+)/.exec(words) ?? []
    if (service)
      expect(
        inProfile.map(([name]) => name),
        line,
      ).toContain(service)
  }
})

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))(
  `the unit is one${existsSync('/usr/bin/systemd-analyze') ? '' : ' (skipped: no systemd-analyze)'}`,
  async () => {
    const unit = text('config/wechat-bridge.service')
    expect(unit).toMatch(/^RestartPreventExitStatus=78 64$/m)
    const folder = await tempFolder()
    try {
      const file = join(folder.path, 'wechat-bridge.service')
      // Where it will be installed there is nothing yet.
      await writeFile(file, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
      const { stderr } = await execute('systemd-analyze', ['verify', file])
      expect(stderr).not.toMatch(/wechat-bridge/)
    } finally {
      await folder.drop()
    }
  },
)
