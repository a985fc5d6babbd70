// Takes `engines` out of package-lock.json; run it after each change of the lock. npm compares them with the Node that npm
// itself runs on, which is the machine's; the project runs on the one it brings along (docs/adr/0003). On Debian's Node
// npm said so of a hundred packages, and silently left out the optional ones: what converts pictures was missing then.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
for (const [where, entry] of Object.entries(lock.packages)) if (where !== '') delete entry.engines
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
