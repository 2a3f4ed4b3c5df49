import { join } from 'node:path'
import { startProgram } from '@jumun/test-kit/program'
import type { ProxyCommand, ProxyMode, ProxyReport } from './messages.ts'

const PROGRAM = join(import.meta.dirname, 'proxy-process.ts')

/** The proxies between the processes of the cluster, by name. */
export interface Proxies {
  ports: Record<string, number>
  /** How many connections broke between COMMIT and its reply so far. */
  commitsCut(): number
  setTarget(proxy: string, port: number): Promise<void>
  setMode(proxy: string, mode: ProxyMode): Promise<void>
  /** Resolves to true when a proxy holds a request or a reply, to false when none came in time. */
  held(proxy: string, timeoutMs: number): Promise<boolean>
  stop(): void
}

/**
 * Starts proxies. They have no targets yet.
 *
 * @param seed decides which connections break at a COMMIT
 */
export async function startProxies(names: string[], seed: number): Promise<Proxies> {
  const program = startProgram(PROGRAM, { args: [String(seed), ...names], ipc: true, detached: true })
  const child = program.process
  const { ports } = await program.message<{ ports: Record<string, number> }>()
  let commands = 0
  let commitsCut = 0
  const waiting = new Map<number, () => void>()
  const holders = new Map<string, () => void>()
  child.on('message', (report: ProxyReport) => {
    if ('executed' in report) {
      waiting.get(report.executed)?.()
      waiting.delete(report.executed)
    } else if ('event' in report) {
      if (report.event === 'commit-cut') commitsCut++
      else holders.get(report.proxy)?.()
    }
  })
  const execute = (command: Omit<ProxyCommand, 'id'>) =>
    new Promise<void>((resolve) => {
      const id = ++commands
      waiting.set(id, resolve)
      child.send({ ...command, id })
    })
  return {
    ports,
    commitsCut: () => commitsCut,
    setTarget: (proxy, port) => execute({ proxy, port }),
    setMode: (proxy, mode) => execute({ proxy, mode }),
    held: (proxy, timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs, false)
        holders.set(proxy, () => {
          clearTimeout(timer)
          resolve(true)
        })
      }),
    stop: () => child.disconnect(),
  }
}
