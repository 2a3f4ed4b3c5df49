import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { faultNames } from './faults/plan.ts'
import { runSeed, type SeedResult } from './run-seed.ts'

/**
 * `npm run chaos`: runs the shop under load while faults are injected, and checks at the end that nothing was lost. Progress
 * goes to stderr, the figures to stdout as JSON. Exits with 1 if a check failed and with 2 for wrong usage.
 */

const USAGE = `Usage: npm run chaos -- [--seed N | --seeds N-M] [--minutes M] [--callers N] [--only fault,…]

  --seed N      decides the faults and the calls; default: a random one
  --seeds N-M   runs several seeds one after the other
  --minutes M   duration of each run, 0.5 to 600; default 2
  --callers N   concurrent callers, 1 to 1000; default 64
  --only …      names of faults, separated by commas: ${faultNames.join(', ')}
`

const options = readOptions()
if (!options) {
  process.stderr.write(USAGE)
  process.exit(2)
}
const { seeds, minutes, callers, only } = options
const results: SeedResult[] = []
for (const seed of seeds) {
  log(`seed ${seed}, ${minutes} minutes`)
  const result = await runSeed({ seed, minutes, callers, only, log })
  results.push(result)
  if (isBroken(result)) logBroken(result)
}
process.stdout.write(
  `${JSON.stringify(results.length === 1 ? results[0] : { total: total(results), results }, null, 2)}\n`,
)
if (results.some(isBroken)) process.exitCode = 1

function readOptions(): { seeds: number[]; minutes: number; callers: number; only: string[] } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        minutes: { type: 'string', default: '2' },
        callers: { type: 'string', default: '64' },
        only: { type: 'string' },
      },
    })
    const text = values.seeds ?? values.seed ?? String(randomInt(1_000_000))
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? []
    const seeds = Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index)
    const [minutes, callers] = [Number(values.minutes), Number(values.callers)]
    const only = values.only?.split(',') ?? []
    const inRange =
      minutes >= 0.5 &&
      minutes <= 600 &&
      Number.isInteger(callers) &&
      callers >= 1 &&
      callers <= 1_000 &&
      only.every((name) => faultNames.includes(name))
    return inRange && seeds.length > 0 ? { seeds, minutes, callers, only } : undefined
  } catch {
    return undefined
  }
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

function isBroken({ broken }: SeedResult): boolean {
  return Object.keys(broken).length > 0
}

function logBroken({ seed, broken, directory }: SeedResult): void {
  log(`\nBROKEN with seed ${seed}:`)
  for (const [check, { count, examples }] of Object.entries(broken)) {
    log(`  ${check} (${count})`)
    for (const example of examples) log(`    ${JSON.stringify(example)}`)
  }
  const rerun = `--seed ${seed} --minutes ${minutes} --callers ${callers}${only.length > 0 ? ` --only ${only}` : ''}`
  log(`Data and logs are in ${directory}. To repeat: npm run chaos -- ${rerun}\n`)
}

function total(all: SeedResult[]) {
  const sum = (count: (result: SeedResult) => number) => all.reduce((total, result) => total + count(result), 0)
  const faults: Record<string, number> = {}
  for (const result of all) {
    for (const [name, times] of Object.entries(result.faults)) faults[name] = (faults[name] ?? 0) + times
  }
  return {
    seeds: all.length,
    minutes: sum((result) => result.minutes),
    brokenSeeds: all.filter(isBroken).map(({ seed }) => seed),
    ordersAcknowledged: sum((result) => result.ordersAcknowledged),
    callsAcknowledged: sum((result) => result.callsAcknowledged),
    callsRefused: sum((result) => result.callsRefused),
    callsSettledLater: sum((result) => result.callsSettledLater),
    retries: sum((result) => result.retries),
    answersLost: sum((result) => result.answersLost),
    keysReplayed: sum((result) => result.keysReplayed),
    audits: sum((result) => result.audits),
    changesRead: sum((result) => result.changesRead),
    readersReconnected: sum((result) => result.readersReconnected),
    faults,
    longestRecoveryMs: {
      orders: Math.max(...all.map(({ longestRecovery }) => longestRecovery.ordersMs)),
      delivery: Math.max(...all.map(({ longestRecovery }) => longestRecovery.deliveryMs)),
    },
    seconds: sum((result) => result.seconds),
  }
}
