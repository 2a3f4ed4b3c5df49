import { parseArgs } from 'node:util'
import { faultNames } from './faults/direct-faults.ts'
import { runSeed, type SeedResult } from './run-seed.ts'

/**
 * `npm run chaos -- [--seed N | --seeds N-M] [--minutes M] [--callers N] [--only fault,…]`: runs the shop under load while things break, and
 * checks in the end that nothing was lost. Progress goes to stderr, the figures to stdout as JSON. Exit code 1 when a
 * promise was broken, 2 for wrong usage.
 */

const USAGE = `Usage: npm run chaos -- [--seed N | --seeds N-M] [--minutes M] [--callers N] [--only fault,…]

  --seed N      draws the faults and the orders; default: a new one each time
  --seeds N-M   several, one after the other
  --minutes M   how long each runs, 0.5 to 600; default 2
  --callers N   how many call at once, 1 to 1000; default 64
  --only …      names of faults, with commas between them: ${faultNames.join(', ')}
`

const options = readOptions()
if (!options) {
  process.stderr.write(USAGE)
  process.exit(2)
}
const { seeds, minutes, callers, only } = options
const results: SeedResult[] = []
for (const seed of seeds) {
  say(`seed ${seed}, ${minutes} minutes`)
  const result = await runSeed({ seed, minutes, callers, only, say })
  results.push(result)
  if (isBroken(result)) tellBroken(result)
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
    const text = values.seeds ?? values.seed ?? String(Math.floor(Math.random() * 1_000_000))
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

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function isBroken({ broken }: SeedResult): boolean {
  return Object.keys(broken).length > 0
}

function tellBroken({ seed, broken, directory }: SeedResult): void {
  say(`\nBROKEN with seed ${seed}:`)
  for (const [promise, { count, examples }] of Object.entries(broken)) {
    say(`  ${promise} (${count})`)
    for (const example of examples) say(`    ${JSON.stringify(example)}`)
  }
  say(
    `What is left is in ${directory}. To run it again: npm run chaos -- --seed ${seed} --minutes ${minutes} --callers ${callers}\n`,
  )
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
    keysAskedAgain: sum((result) => result.keysAskedAgain),
    audits: sum((result) => result.audits),
    faults,
    longestRecoveryMs: {
      orders: Math.max(...all.map(({ longestRecovery }) => longestRecovery.ordersMs)),
      delivery: Math.max(...all.map(({ longestRecovery }) => longestRecovery.deliveryMs)),
    },
    seconds: sum((result) => result.seconds),
  }
}
