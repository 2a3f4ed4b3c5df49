import type { WireNews, WireOrder } from './messages.ts'
import { openWire, type Wire } from './proxy.ts'

/**
 * A program: the wires between the processes of the shop, `wire-process.ts <name>…`. They are in a process of their own so
 * that those who place orders do not slow them down. It ends with its parent.
 */
const tell = (news: WireNews) => void process.send?.(news)
process.on('disconnect', () => process.exit())

const wires = new Map<string, Wire>()
for (const name of process.argv.slice(2)) {
  wires.set(name, await openWire({ port: 0, happened: (what) => tell({ wire: name, happened: what }) }))
}
process.on('message', ({ order, wire, mode, port }: WireOrder) => {
  if (port !== undefined) wires.get(wire)?.setTarget(port)
  if (mode !== undefined) wires.get(wire)?.setMode(mode)
  tell({ done: order })
})
tell({ ports: Object.fromEntries([...wires].map(([name, { port }]) => [name, port])) })
