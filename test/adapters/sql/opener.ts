import { openSqlite } from '../../../adapters/sql/open.ts'
import { realClock } from '../../support/ports.ts'

// A bridge that starts: the path of its database and the folder of its copies are its arguments. It tells what became
// of that, and has the database until it is let go.

const [path = '', backups = ''] = process.argv.slice(2)
const opening = openSqlite({ path, backups, sealKey: new Uint8Array(32), clock: realClock })
const told = await opening.then(
  ({ upgraded }) => ({ opened: true, upgraded }),
  (error: Error) => ({ opened: false, why: error.message }),
)
process.once('disconnect', () => process.exit())
process.send?.(told)
