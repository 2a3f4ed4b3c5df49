import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataDirectory } from './data-directory.ts'
import { CURRENT_ACCOUNT, runUnprivileged } from './run-unprivileged.ts'

const PS_TIMEOUT_MS = 5_000

/** The path of the file in which a running server stores its process id and port. */
export function pidFileOf({ cluster }: DataDirectory): string {
  return join(cluster, 'postmaster.pid')
}

/**
 * Reads `postmaster.pid` (format: src/include/utils/pidfile.h in PostgreSQL's source).
 *
 * @returns the server's process id and port, whether any process has this id, and whether that process serves the cluster
 * (otherwise the file is left over from a crash); undefined if the file is missing or holds no process id
 */
export async function readPostmaster(directory: DataDirectory) {
  const lines = (await readFile(pidFileOf(directory), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port, exists: exists(pid), alive: await servesCluster(pid, directory.cluster) }
}

/**
 * Whether a process is the server of a cluster. After a crash, especially in a restarted container, another program may have
 * the same process id, or the process may be a zombie; PostgreSQL then takes it for a running server and refuses to start.
 */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (!exists(pid)) return false
  if (process.platform === 'win32') return true
  if (process.platform !== 'linux') return isPostgresByPs(pid)
  if (!(await stat('/proc/self').catch(() => undefined))) return true
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: pid (comm) state …
  const [, comm, state] = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).match(/\((.*)\) (\S)/s) ?? []
  if (comm !== 'postgres' || state === 'Z' || state === 'X') return false
  // The server's working directory is its cluster. Without permission to read it, the name must do.
  const workingDirectory = await stat(`/proc/${pid}/cwd`).catch(() => undefined)
  if (!workingDirectory) return true
  const own = await stat(cluster)
  return own.dev === workingDirectory.dev && own.ino === workingDirectory.ino
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function isPostgresByPs(pid: number): Promise<boolean> {
  const { output } = await runUnprivileged({
    account: CURRENT_ACCOUNT,
    command: ['ps', '-o', 'stat=,comm=', '-p', String(pid)],
    timeoutMs: PS_TIMEOUT_MS,
  })
  return /^[^Z]\S* +(?:.*\/)?postgres/.test(output)
}
