import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { randomOf } from '../random.ts'
import type { ProxyCommand, ProxyReport } from './messages.ts'

// A program: the proxies between the processes of the cluster, `proxy-process.ts <seed> <name>…`. It is a process of its
// own so that the workload does not slow it down. It ends with its parent.

const send = (report: ProxyReport) => void process.send?.(report)
process.on('disconnect', () => process.exit())

const [seed, ...names] = process.argv.slice(2)
const proxies = new Map<string, TcpProxy>()
for (const name of names) {
  const random = randomOf(Number(seed), 'proxy', name).fraction
  proxies.set(name, await startTcpProxy({ random, onEvent: (event) => send({ proxy: name, event }) }))
}
process.on('message', async ({ id, proxy, mode, port }: ProxyCommand) => {
  if (port !== undefined) proxies.get(proxy)?.setTarget({ port })
  if (mode !== undefined) await proxies.get(proxy)?.setMode(mode)
  send({ executed: id })
})
send({ ports: Object.fromEntries([...proxies].map(([name, { port }]) => [name, port])) })
