/** A relay that runs until its parent disconnects: `relay-process.ts <database> <platform> <secret>`. */
import { openDatabase } from '../../../src/database/orm.ts'
import { startRelay } from '../../../src/delivery/relay.ts'

const [databaseUrl = '', url = '', secret = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
const { em } = await openDatabase({ url: databaseUrl, poolSize: 2 })
startRelay({ em, platform: { url, secret } })
process.send?.('started')
