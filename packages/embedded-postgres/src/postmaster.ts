import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataDirectory } from './data-directory.ts'
import { runUnprivileged } from './run-unprivileged.ts'

const PS_TIMEOUT_MS = 5_000

/** What the file `postmaster.pid` of a cluster says of a server. */
export interface Postmaster {
  pid: number
  port: number
  /** Whether there is a process of this number at all. */
  exists: boolean
  /** Whether this process lives and serves this cluster; else the file is left over from a crash. */
  alive: boolean
}

/** The path of the file in which a running server leaves its process id and port. */
export function pidFileOf({ cluster }: DataDirectory): string {
  return join(cluster, 'postmaster.pid')
}

/**
 * Reads which server serves the cluster, by the lines of `postmaster.pid` (src/include/utils/pidfile.h).
 *
 * @returns undefined where no server left that file, or has not written it to the end
 */
export async function readPostmaster(directory: DataDirectory): Promise<Postmaster | undefined> {
  const lines = (await readFile(pidFileOf(directory), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port, exists: exists(pid), alive: await servesCluster(pid, directory.cluster) }
}

/**
 * Whether a process is the server of a cluster. After a crash, and above all in a container that was started again,
 * its number may have gone to another program, in which case PostgreSQL would refuse to start; and a process that died
 * but that nobody waits for still looks alive to it.
 */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (!exists(pid)) return false
  if (process.platform === 'win32') return true
  if (process.platform !== 'linux') return isPostgresByPs(pid)
  if (!(await stat('/proc/self').catch(() => undefined))) return true
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: pid (comm) state …
  const [, comm, state] = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).match(/\((.*)\) (\S)/s) ?? []
  if (comm !== 'postgres' || state === 'Z' || state === 'X') return false
  // The server works in its cluster's directory. Not everyone may look, in which case the name has to do.
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
    account: { owner: undefined, prefix: [] },
    command: ['ps', '-o', 'stat=,comm=', '-p', String(pid)],
    timeoutMs: PS_TIMEOUT_MS,
  })
  return /^[^Z]\S* +(?:.*\/)?postgres/.test(output)
}
