import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { randomOf } from '../random.ts'
import type { ProxyCommand, ProxyReport } from './messages.ts'

// A program: the proxies between the processes of the cluster, `proxy-process.ts <seed> <name>…`. It is a process of its
// own so that the workload does not slow it down. It ends with its parent.

const report = (news: ProxyReport) => void process.send?.(news)
process.on('disconnect', () => process.exit())

const [seed, ...names] = process.argv.slice(2)
const proxies = new Map<string, TcpProxy>()
for (const name of names) {
  const random = randomOf(Number(seed), 'proxy', name).fraction
  proxies.set(name, await startTcpProxy({ random, onEvent: (happened) => report({ proxy: name, happened }) }))
}
process.on('message', async ({ order, proxy, mode, port }: ProxyCommand) => {
  if (port !== undefined) proxies.get(proxy)?.setTarget({ port })
  if (mode !== undefined) await proxies.get(proxy)?.setMode(mode)
  report({ done: order })
})
report({ ports: Object.fromEntries([...proxies].map(([name, { port }]) => [name, port])) })
