import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findDebianPostgres } from '@jumun/test-kit/debian-postgres'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import pg from 'pg'

const START_TIMEOUT_MS = 60_000

/** Starts Debian's PostgreSQL, whose tools are of the same version, and creates the shop's database. */
export async function startPostgres(directory: string): Promise<{ url: string; stop(): Promise<void> }> {
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
  const urlOf = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`
  await waitFor(async () => (await query(urlOf('postgres'), 'select 1')) !== undefined, START_TIMEOUT_MS)
  await query(urlOf('postgres'), 'create database jumun')
  return { url: urlOf('jumun'), stop }
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
