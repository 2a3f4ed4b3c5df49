import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findDebianPostgres } from '@jumun/test-kit/debian-postgres'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import pg from 'pg'

const START_TIMEOUT_MS = 60_000

/** What of a server the commands get: the address of the superuser, and that of the shop, whose role and database they create. */
export interface Server {
  superuserUrl: string
  url: string
  stop(): Promise<void>
}

/** Starts Debian's PostgreSQL, whose tools are of the same version. */
export async function startPostgres(directory: string): Promise<Server> {
  const { binaries, account: ids } = findDebianPostgres()
  const account = { ...ids, cwd: '/' }
  const binary = (name: string) => join(binaries, name)
  const data = join(directory, 'postgres')
  await mkdir(data)
  await chown(data, account.uid, account.gid)
  execFileSync(binary('initdb'), ['-D', data, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'], {
    ...account,
    stdio: 'ignore',
  })
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-k', data, '-c', 'listen_addresses=127.0.0.1']
  const server = spawn(binary('postgres'), args, { ...account, stdio: 'ignore' })
  const stop = async () => {
    if (server.exitCode !== null) return
    server.kill('SIGINT')
    await once(server, 'exit')
  }
  const superuserUrl = `postgres://postgres@127.0.0.1:${port}/postgres`
  await waitFor(async () => (await query(superuserUrl, 'select 1')) !== undefined, START_TIMEOUT_MS)
  return { superuserUrl, url: `postgres://jumun@127.0.0.1:${port}/jumun`, stop }
}

/** Runs one statement, and returns the first row. */
export async function query(url: string, statement: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement)).rows[0]
  } finally {
    await client.end().catch(() => {})
  }
}
