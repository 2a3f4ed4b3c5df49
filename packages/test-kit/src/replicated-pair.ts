import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrateDatabase } from '@jumun/domain'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { CleanUp } from './clean-up.ts'
import { copyCluster } from './cluster-copy.ts'
import { temporaryDataDir } from './data-dir.ts'

/** A migrated server, and a standby that follows it. */
export interface ReplicatedPair {
  primary: EmbeddedPostgres
  standby: EmbeddedPostgres
  /** Where the files of the primary are. */
  primaryDataDir: string
  /** One URL of several servers, in this order. */
  both(...urls: string[]): string
}

const SETTINGS = { wal_level: 'replica', max_wal_senders: '4' }

/**
 * Starts a server and a standby that streams its changes, both empty but for the schema. Takes about five seconds.
 *
 * @param cluster the data directory of a stopped cluster to copy, because creating one takes more than a second
 */
export async function startReplicatedPair(
  cleanUp: CleanUp,
  { durable = false, cluster }: { durable?: boolean; cluster?: string | undefined } = {},
): Promise<ReplicatedPair> {
  const [first, second] = [await temporaryDataDir(cleanUp), await temporaryDataDir(cleanUp)]
  if (cluster !== undefined) await copyCluster(cluster, first)
  const start = async (dataDir: string, settings: Record<string, string>) => {
    const server = await startEmbeddedPostgres({ dataDir, durable, settings: { ...SETTINGS, ...settings } })
    cleanUp(server.stop)
    return server
  }
  const initial = await start(first, {})
  await migrateDatabase(initial.url)
  await initial.stop()
  await copyCluster(first, second)
  const primary = await start(first, {})
  await writeFile(join(second, 'postgres', 'standby.signal'), '')
  const { port, username, password } = new URL(primary.url)
  const standby = await start(second, {
    primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${decodeURIComponent(password)}`,
    hot_standby_feedback: 'off',
    max_standby_streaming_delay: '200ms',
  })
  return { primary, standby, primaryDataDir: first, both: severalHosts }
}

function severalHosts(...urls: string[]): string {
  const [first = ''] = urls
  return first.replace(new URL(first).host, urls.map((url) => new URL(url).host).join())
}
