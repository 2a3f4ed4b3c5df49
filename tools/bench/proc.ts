import { readdir, readFile } from 'node:fs/promises'

/** The unit of Linux: hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/** Processor time, user and system, of a process and all its descendants, including those that have ended. In seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  return (await readFamily(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND
}

/** The ids of a process and all its descendants. */
export async function familyOf(pid: number): Promise<number[]> {
  return (await readFamily(pid)).map((one) => one.pid)
}

async function readFamily(pid: number) {
  const processes = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess))
  const all = processes.filter((one) => one !== undefined)
  const family = new Set([pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  return all.filter((one) => family.has(one.pid))
}

/**
 * Memory of a process in KiB, from proc_pid_status(5): what it holds now (`VmRSS`) or the most that it has held (`VmHWM`).
 * Undefined if the system or the process does not provide it.
 */
export async function memoryKibOf(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? []
  return kib === undefined ? undefined : Number(kib)
}

/** Reads proc_pid_stat(5). The second field, the name in brackets, may contain spaces and brackets. */
async function readProcess(pid: string) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 15) return undefined
  const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0)
  return { pid: Number(pid), parent: Number(fields[1]), ticks }
}
