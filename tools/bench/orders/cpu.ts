import { readdir, readFile } from 'node:fs/promises'

/** Linux counts in hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/** Processor seconds, user and system, of a process and all that it started, those that have ended included. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const processes = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess))
  const all = processes.filter((one) => one !== undefined)
  const family = new Set([pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  const ticks = all.filter((one) => family.has(one.pid)).reduce((sum, one) => sum + one.ticks, 0)
  return ticks / TICKS_PER_SECOND
}

/** Megabytes of memory that a process holds (resident set, VmRSS of proc_pid_status(5)). */
export async function memoryMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** Fields of proc_pid_stat(5); the name, in brackets, may hold anything. */
async function readProcess(pid: string) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 15) return undefined
  const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0)
  return { pid: Number(pid), parent: Number(fields[1]), ticks }
}
