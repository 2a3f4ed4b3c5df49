import type { DataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { readPostmaster } from './postmaster.ts'
import { runUnprivileged, type ServerAccount } from './run-unprivileged.ts'

const PG_CTL_LIMIT_SECONDS = 60

/**
 * Stops the cluster's server, if it runs: ends its sessions, writes a checkpoint, and waits until it is gone. The caller holds
 * the gate lock.
 *
 * @throws EmbeddedPostgresError when it is still there after 60 s
 */
export async function stopServer({
  directory,
  binaries,
  account,
}: {
  directory: DataDirectory
  binaries: PostgresBinaries
  account: ServerAccount
}): Promise<void> {
  const postmaster = await readPostmaster(directory)
  if (!postmaster?.alive) return
  const { code, output } = await runUnprivileged({
    account,
    command: [binaries.pg_ctl, 'stop', '--mode=fast', '--silent', '--wait', '-t', String(PG_CTL_LIMIT_SECONDS)],
    env: { PGDATA: directory.cluster },
    timeoutMs: (PG_CTL_LIMIT_SECONDS + 10) * 1000,
  })
  if (code === 0 || !(await readPostmaster(directory))?.alive) return
  throw new EmbeddedPostgresError(`PostgreSQL (process ${postmaster.pid}) did not stop (see ${directory.log})`, output)
}
