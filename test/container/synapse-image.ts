import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { obtainSynapse, synapseUnavailable } from '../e2e/synapse-install.ts'
import { project } from './engine.ts'
import { once } from './stand-ins.ts'

// Debian's Synapse in an image that bears the name of the official one and is NOT that: it has its two ways of being
// called that compose.yaml uses, its volume and its port, and nothing more.

/** What compose.yaml calls it. */
export const synapseImage = 'docker.io/matrixdotorg/synapse:latest'

const start = `
import json, os, subprocess, sys
os.chdir("/data")
uid, gid = int(os.environ["UID"]), int(os.environ["GID"])
mode, more = sys.argv[1], sys.argv[2:]
if mode == "generate":
    log = os.environ["SYNAPSE_SERVER_NAME"] + ".log.config"
    if not os.path.exists(log):
        console = {"class": "logging.StreamHandler"}
        root = {"level": "WARNING", "handlers": ["console"]}
        with open(log, "w") as file:
            json.dump({"version": 1, "handlers": {"console": console}, "root": root}, file)
    os.chown("/data", uid, gid)
os.setgroups([])
os.setgid(gid)
os.setuid(uid)
args = [sys.executable, "-m", "synapse.app.homeserver"]
if mode == "generate":
    args += ["--server-name", os.environ["SYNAPSE_SERVER_NAME"], "--report-stats", os.environ["SYNAPSE_REPORT_STATS"]]
    args += ["--config-path", "/data/homeserver.yaml", "--config-directory", "/data", "--data-directory", "/data"]
    sys.exit(subprocess.run(args + ["--generate-config", "--open-private-ports"]).returncode)
assert mode == "run", mode
os.execv(sys.executable, args + more)
`
const register = `#!/usr/bin/python3
from synapse._scripts.register_new_matrix_user import main
main()
`
const dockerfile = `FROM scratch
COPY root/ /
VOLUME /data
EXPOSE 8008
ENTRYPOINT ["/usr/bin/python3", "/start.py"]
CMD ["run"]
`

/** Makes it, or finds it made. Resolves with why that cannot be; undefined: it is there. */
export async function obtainSynapseImage(): Promise<string | undefined> {
  await obtainSynapse()
  const why = synapseUnavailable()
  if (why !== undefined) return why
  const synapse = join(project, '.cache/synapse')
  const mark = join(synapse, 'version.txt')
  const version = existsSync(mark) ? readFileSync(mark, 'utf8') : ''
  await once(synapseImage, version + start + register + dockerfile, async (folder) => {
    const root = join(folder, 'root')
    // Not its devices: containers have their own.
    for (const name of ['etc', 'usr', 'var']) {
      const from = join(synapse, 'root', name)
      await cp(from, join(root, name), { recursive: true, verbatimSymlinks: true })
    }
    for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
      if (!existsSync(join(root, name))) await symlink(`usr/${name}`, join(root, name))
    }
    await mkdir(join(root, 'usr/local/bin'), { recursive: true })
    await mkdir(join(root, 'tmp'), { recursive: true })
    const command = join(root, 'usr/local/bin/register_new_matrix_user')
    await writeFile(command, register)
    await chmod(command, 0o755)
    await writeFile(join(root, 'start.py'), start)
    await writeFile(join(folder, 'Dockerfile'), dockerfile)
  })
  return undefined
}
