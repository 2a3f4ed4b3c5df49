import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { percentile } from '@jumun/test-kit/quantiles'
import { addOverdueOrders, fillProducts, openMember, placePastOrders, STOCK } from './fairness/fair-shop.ts'
import type { AttackOptions } from './fairness/options.ts'
import { runVictim, type VictimFigures } from './fairness/victim.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { adminClient, type BenchApi, openBenchDatabase, startShop } from './shop.ts'

const ATTACK = join(import.meta.dirname, 'fairness/attack.ts')
/** How long an attack runs before a measurement begins, so that the start of the attacker's process is not measured. */
const ATTACK_LEAD_MS = 1_000
const WARM_UP_SECONDS = 5
/** The pause after an attack, so that the next round begins in an idle shop. */
const REST_MS = 2_000

const CASES = ['list', 'search', 'popular', 'orders', 'bodies', 'unpaid', 'expiry', 'ipv6']

interface CaseFigures {
  name: string
  calm: VictimFigures[]
  attacked: VictimFigures[]
}

/**
 * `npm run bench -- fairness [--case search,orders] [--rounds 5] [--seconds 15] [--products 300000]`: measures a member who places orders
 * of one item, without and with an attacker who stays within the limits, in alternating rounds.
 */
export async function benchFairness(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      case: { type: 'string', default: CASES.join() },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '15' },
      products: { type: 'string', default: '300000' },
    },
  })
  const names = values.case.split(',')
  const unknown = names.find((name) => !CASES.includes(name))
  if (unknown !== undefined) throw new RangeError(`--case: ${unknown} is none of ${CASES.join(', ')}`)
  const rounds = wholeNumber('--rounds', values.rounds)
  const seconds = wholeNumber('--seconds', values.seconds)

  await using shop = await startShop()
  await fillProducts(shop.databaseUrl, wholeNumber('--products', values.products))
  const api = await shop.startApi({ settings: { RATE_LIMIT_PER_SECOND: '100', TRUST_PROXY: '127.0.0.1' } })
  await using database = await openBenchDatabase({ url: shop.databaseUrl, poolSize: 1 })
  const prepareRound = (name: string) => (name === 'expiry' ? addOverdueOrders(database.em) : undefined)
  const figures: CaseFigures[] = []
  for (const name of names) figures.push(await measure(name, { api, rounds, seconds, prepareRound }))
  await writeResults('fairness', { figures })
  process.stdout.write(`${table(figures)}\n`)
}

interface MeasureOptions {
  api: BenchApi
  rounds: number
  seconds: number
  prepareRound: (name: string) => Promise<void> | undefined
}

async function measure(name: string, { api, rounds, seconds, prepareRound }: MeasureOptions): Promise<CaseFigures> {
  const admin = await adminClient(api)
  const [victimId, attackerId] = [`victim-${name}`, `attacker-${name}`]
  const victim = { url: api.url, memberId: victimId, token: await openMember(api, admin, victimId) }
  const token = await openMember(api, admin, attackerId)
  if (name === 'list') await placePastOrders(admin, attackerId)
  await runVictim(victim, WARM_UP_SECONDS)
  const figures: CaseFigures = { name, calm: [], attacked: [] }
  for (let round = 1; round <= rounds; round++) {
    figures.calm.push(await runVictim(victim, seconds))
    await prepareRound(name)
    const attacker = startAttack({ name, url: api.url, memberId: attackerId, token, stock: Math.min(STOCK, 1_000) })
    await sleep(name === 'expiry' ? 0 : ATTACK_LEAD_MS)
    figures.attacked.push(await runVictim(victim, seconds))
    await attacker.stop()
    await sleep(REST_MS)
    const [calm, attacked] = [figures.calm.at(-1), figures.attacked.at(-1)]
    log(`${name}, round ${round}: ${describe(calm)} without, ${describe(attacked)} with the attacker`)
  }
  return figures
}

function startAttack(options: AttackOptions): { stop(): Promise<void> } {
  const child = spawn(process.execPath, [ATTACK, JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit'] })
  const exit = once(child, 'exit')
  return {
    async stop() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

function describe(figures: VictimFigures | undefined): string {
  if (!figures) return ''
  const { latencies, refused, reason } = figures
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1))
  const why = reason === undefined ? '' : ` (${reason})`
  return `p50 ${p50}, p99 ${p99} ms, ${refused} of ${latencies.length} refused${why}`
}

/** One row per case: percentiles over the orders of all rounds, since one round has too few for its p99, and the sums of refused ones. */
function table(figures: CaseFigures[]): string {
  const header = ['case', 'p50 without, ms', 'with', 'p99 without, ms', 'with', 'p99 ratio', 'refused without', 'with']
  const rows = figures.map(({ name, calm, attacked }) => {
    const [p50s, p99s] = [0.5, 0.99].map((share) =>
      [calm, attacked].map((all) =>
        percentile(
          all.flatMap(({ latencies }) => latencies),
          share,
        ),
      ),
    ) as [number[], number[]]
    const ratio = (p99s[1] ?? 0) / (p99s[0] ?? 1)
    const refused = (all: VictimFigures[]) =>
      `${all.reduce((sum, one) => sum + one.refused, 0)} of ${all.flatMap(({ latencies }) => latencies).length}`
    const [p50, p99] = [p50s, p99s].map((ms) => ms.map((one) => one.toFixed(1))) as [string[], string[]]
    return [name, ...p50, ...p99, ratio.toFixed(2), refused(calm), refused(attacked)]
  })
  return markdownTable(header, rows)
}
