import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { readPostmaster } from './postmaster.ts'
import { runPgCtl, type Server } from './run-unprivileged.ts'

/**
 * Stops the cluster's server, if it runs: ends its sessions, writes a checkpoint, and waits until it is gone. The caller holds
 * the gate lock.
 *
 * @throws EmbeddedPostgresError when it is still there after 60 s
 */
export async function stopServer(server: Server): Promise<void> {
  const { directory } = server
  const postmaster = await readPostmaster(directory)
  if (!postmaster?.alive) return
  const { code, output } = await runPgCtl(server, ['stop', '--mode=fast'])
  if (code === 0 || !(await readPostmaster(directory))?.alive) return
  throw new EmbeddedPostgresError(`PostgreSQL (process ${postmaster.pid}) did not stop (see ${directory.log})`, output)
}
