import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ProxyMode, WireNews, WireOrder } from './messages.ts'

const PROGRAM = join(import.meta.dirname, 'proxy-process.ts')

/** The wires between the processes of the shop, by name. */
export interface Proxies {
  ports: Record<string, number>
  /** How many connections were cut between COMMIT and its answer so far. */
  commitsCut(): number
  setTarget(wire: string, port: number): Promise<void>
  setMode(wire: string, mode: ProxyMode): Promise<void>
  /** Resolves to true when a wire has stopped a request or an answer, to false when none came in time. */
  held(wire: string, timeoutMs: number): Promise<boolean>
  stop(): void
}

/** Opens wires that lead nowhere yet. */
export async function startProxies(names: string[]): Promise<Proxies> {
  const child = fork(PROGRAM, names)
  const [first] = (await once(child, 'message')) as [{ ports: Record<string, number> }]
  let orders = 0
  let commitsCut = 0
  const waiting = new Map<number, () => void>()
  const holders = new Map<string, () => void>()
  child.on('message', (news: WireNews) => {
    if ('done' in news) {
      waiting.get(news.done)?.()
      waiting.delete(news.done)
    } else if ('happened' in news) {
      if (news.happened === 'commit-cut') commitsCut++
      else holders.get(news.wire)?.()
    }
  })
  const carryOut = (order: Omit<WireOrder, 'order'>) =>
    new Promise<void>((resolve) => {
      orders++
      waiting.set(orders, resolve)
      child.send({ ...order, order: orders })
    })
  return {
    ports: first.ports,
    commitsCut: () => commitsCut,
    setTarget: (wire, port) => carryOut({ wire, port }),
    setMode: (wire, mode) => carryOut({ wire, mode }),
    held: (wire, timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs, false)
        holders.set(wire, () => {
          clearTimeout(timer)
          resolve(true)
        })
      }),
    stop: () => child.disconnect(),
  }
}
