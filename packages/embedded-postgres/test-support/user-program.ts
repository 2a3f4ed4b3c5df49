import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { onServer } from '@jumun/test-kit/on-server'

/**
 * A program that uses the embedded PostgreSQL of the given directory, as the server process does: prints `starting` and
 * then the url. When its standard input ends, it works for a moment more and stops.
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
