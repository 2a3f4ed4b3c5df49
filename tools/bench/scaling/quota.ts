import { existsSync, rmdirSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = '/sys/fs/cgroup'
/** Short, so that a process that has used its share does not hold row locks for long before the next period. */
const PERIOD_US = 10_000

/** Groups of processes that may use a share of the processors. Disposing it lets the processes that still run go free. */
export interface Quotas extends AsyncDisposable {
  /** Moves processes into a group, whose quota is set, in cores. Their later children stay in it. */
  confine(name: string, cores: number, pids: number[]): Promise<void>
}

/** Uses the processor quotas of Linux' control groups (version 1 or 2). Throws where they cannot be written. */
export async function openQuotas(): Promise<Quotas> {
  const { root, quotaOf } = await findController()
  const group = join(root, `jumun-bench-${process.pid}`)
  const made: string[] = []
  const make = async (path: string) => {
    if (made.includes(path)) return
    await mkdir(path).catch((error: Error) => {
      throw new Error(`Processor quotas need root and a writable ${root}: ${error.message}`)
    })
    made.push(path)
  }
  await make(group)
  // After a signal only the shop is disposed, not the groups. They are empty then, and can be removed at the exit.
  process.once('exit', () => {
    for (const path of made.toReversed()) if (existsSync(path)) rmdirSync(path)
  })
  // Version 2 gives its subgroups the controller only when it is told to.
  if (root === ROOT) await writeFile(join(group, 'cgroup.subtree_control'), '+cpu')
  return {
    async confine(name, cores, pids) {
      const path = join(group, name)
      await make(path)
      for (const [file, value] of Object.entries(quotaOf(cores))) await writeFile(join(path, file), value)
      for (const pid of pids) await move(pid, path)
    },
    async [Symbol.asyncDispose]() {
      for (const path of made.reverse()) {
        const pids = (await readFile(join(path, 'cgroup.procs'), 'utf8')).split('\n').filter((pid) => pid !== '')
        for (const pid of pids) await move(Number(pid), root)
        await rmdir(path)
      }
    },
  }
}

async function findController() {
  const quotaUs = (cores: number) => `${Math.round(cores * PERIOD_US)}`
  const version1 = join(ROOT, 'cpu')
  if (existsSync(join(version1, 'cgroup.procs'))) {
    const quotaOf = (cores: number): Record<string, string> => ({
      'cpu.cfs_period_us': `${PERIOD_US}`,
      'cpu.cfs_quota_us': quotaUs(cores),
    })
    return { root: version1, quotaOf }
  }
  const controllers = await readFile(join(ROOT, 'cgroup.subtree_control'), 'utf8').catch(() => '')
  if (!controllers.split(/\s/).includes('cpu')) throw new Error(`${ROOT} has no processor controller.`)
  return {
    root: ROOT,
    quotaOf: (cores: number): Record<string, string> => ({ 'cpu.max': `${quotaUs(cores)} ${PERIOD_US}` }),
  }
}

/** A process that has ended meanwhile needs no group. */
async function move(pid: number, group: string): Promise<void> {
  await writeFile(join(group, 'cgroup.procs'), `${pid}`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ESRCH') throw error
  })
}
