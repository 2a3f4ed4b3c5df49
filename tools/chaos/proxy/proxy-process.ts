import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { randomOf } from '../random.ts'
import type { WireNews, WireOrder } from './messages.ts'

/**
 * A program: the proxies between the processes of the cluster, `proxy-process.ts <seed> <name>…`. It is a process of its
 * own so that the workload does not slow it down. It ends with its parent.
 */
const RANDOM_MAX = 2 ** 31 - 1
/** Apart from the streams of draws of the faults and the workload. */
const FIRST_STREAM = 3_000

const report = (news: WireNews) => void process.send?.(news)
process.on('disconnect', () => process.exit())

const [seed, ...names] = process.argv.slice(2)
const proxies = new Map<string, TcpProxy>()
for (const [index, name] of names.entries()) {
  const draws = randomOf(Number(seed), FIRST_STREAM + index)
  const random = () => draws.int(0, RANDOM_MAX - 1) / RANDOM_MAX
  proxies.set(name, await startTcpProxy({ random, onEvent: (happened) => report({ wire: name, happened }) }))
}
process.on('message', async ({ order, wire, mode, port }: WireOrder) => {
  if (port !== undefined) proxies.get(wire)?.setTarget({ port })
  if (mode !== undefined) await proxies.get(wire)?.setMode(mode)
  report({ done: order })
})
report({ ports: Object.fromEntries([...proxies].map(([name, { port }]) => [name, port])) })
