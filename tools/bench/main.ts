import { benchAudit } from './audit.ts'
import { benchFairness } from './fairness.ts'
import { benchLive } from './live.ts'
import { benchOrders } from './orders.ts'
import { benchPooler } from './pooler.ts'
import { benchPopular } from './popular.ts'
import { benchPortions } from './portions.ts'
import { benchProcesses } from './processes.ts'
import { benchReplica } from './replica.ts'
import { benchSeed } from './seed.ts'

/** `npm run bench -- <name> [options]`: runs a benchmark. Progress goes to stderr, the table to stdout. */

const benches: Record<string, (args: string[]) => Promise<void>> = {
  orders: benchOrders,
  audit: benchAudit,
  popular: benchPopular,
  seed: benchSeed,
  fairness: benchFairness,
  live: benchLive,
  portions: benchPortions,
  processes: benchProcesses,
  pooler: benchPooler,
  replica: benchReplica,
}

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench) await bench(args)
else {
  process.stderr.write(`Usage: npm run bench -- <name> [options]\nNames: ${Object.keys(benches).join(', ')}\n`)
  process.exitCode = 2
}
