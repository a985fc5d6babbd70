import { DatabaseSync } from 'node:sqlite'

// A foreign process that keeps a database from being written until it is let go: its path is the argument.

const db = new DatabaseSync(process.argv[2]!)
db.exec('BEGIN IMMEDIATE')
process.once('disconnect', () => db.close())
process.send?.('held')
