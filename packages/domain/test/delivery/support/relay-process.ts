/** A relay that runs until its parent disconnects: `relay-process.ts <database> <platform> <secret>`. */
import { openOutbox } from '../../../src/delivery/outbox.ts'
import { startRelay } from '../../../src/delivery/relay.ts'

const [databaseUrl = '', url = '', secret = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
const outbox = openOutbox({ url: databaseUrl, maintain: true })
await outbox.start()
startRelay({ outbox, platform: { url, secret } })
process.send?.('started')
