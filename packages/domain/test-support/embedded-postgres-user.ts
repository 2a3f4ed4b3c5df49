import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { onServer } from './on-server.ts'

/**
 * A program that uses the embedded PostgreSQL of the directory that it was given, as the server process would: prints
 * `starting` and then the url; and when its standard input ends, works a little longer and stops.
 */
const WIND_DOWN_MS = 200

process.on('SIGINT', () => {})
process.stdout.write('starting\n')
const [dataDir = ''] = process.argv.slice(2)
const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
process.stdout.write(`${postgres.url}\n`)
process.stdin.resume().once('end', async () => {
  await sleep(WIND_DOWN_MS)
  await onServer(postgres.url, 'select 1')
  await postgres.stop()
})
