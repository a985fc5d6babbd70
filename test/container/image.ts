import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../support/execute.ts'
import { build, cache, podman, project } from './engine.ts'

/** What the project's image is called here. */
export const image = 'localhost/wechat-bridge:test'

const authorities = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Builds the project's Dockerfile as it is; layers of what has not changed are kept from the last time. npm is told which
 * registry this machine uses, and whose signatures it trusts. Rejects with what was said when it fails.
 */
export async function buildImage(): Promise<void> {
  const npmrc = join(cache, 'npmrc')
  const { stdout } = await execute('npm', ['config', 'get', 'registry'], { cwd: project })
  await writeFile(npmrc, `registry=${stdout.trim()}\ncafile=/run/authorities.crt\n`)
  const mounts = [`${authorities}:/run/authorities.crt:ro`, `${npmrc}:/root/.npmrc:ro`]
  await build(project, image, ...mounts.flatMap((mount) => ['-v', mount]))
}

export interface Layer {
  readonly by: string
  readonly bytes: number
}

/** The layers that have a size, the lowest first. */
export async function layers(): Promise<readonly Layer[]> {
  const text = await podman('history', '--no-trunc', '--human=false', '--format', 'json', image)
  const found = JSON.parse(text) as { CreatedBy: string; size: number }[]
  return found
    .map(({ CreatedBy, size }) => ({ by: CreatedBy, bytes: size }))
    .filter(({ bytes }) => bytes > 0)
    .reverse()
}
