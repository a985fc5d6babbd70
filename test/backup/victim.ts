import { restoreBackup } from '../../src/backup/restore.ts'
import { realClock } from '../support/ports.ts'

// `node victim.ts <source> <data folder> <n>`: a restore that dies at its nth step.

const [source = '', folder = '', nth = ''] = process.argv.slice(2)
let steps = 0
await restoreBackup(source, { folder, key: null, clock: realClock }, () => {
  if (++steps === Number(nth)) process.kill(process.pid, 'SIGKILL')
})
