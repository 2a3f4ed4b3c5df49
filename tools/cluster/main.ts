import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { waitFor } from '@jumun/test-kit/wait-for'
import { startCluster } from './cluster/cluster.ts'
import { run } from './cluster/daemon.ts'
import { checkBooks, startShoppers } from './load/shoppers.ts'
import { type Scenario, scenarios } from './scenarios/scenarios.ts'

/**
 * `npm run test:cluster [-- --only <part of a name>]`: runs the recipes of `ops/` on this machine (HAProxy, three processes of the API,
 * PgBouncer, Patroni with etcd), breaks them under load, and checks that no order is lost or doubled. Exits with 1 if a check failed.
 */

const SCENARIO_TIMEOUT_MS = 240_000
const DELIVERY_TIMEOUT_MS = 60_000
const PROGRAMS = ['haproxy', 'patroni', 'etcd', 'pgbouncer']
const POSTGRES = '/usr/lib/postgresql'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const chosen = scenarios.filter(({ name }) => name.includes(values.only))
if (chosen.length === 0) {
  process.stderr.write(`No scenario is called so. There are:\n${scenarios.map(({ name }) => `  ${name}\n`).join('')}`)
  process.exit(2)
}
const log = (line: string) => void process.stderr.write(`${line}\n`)
const broken: string[] = []

const cluster = await startCluster(await findPrograms(), log)
try {
  const shoppers = await startShoppers(cluster)
  for (const scenario of chosen) broken.push(...(await runScenario(scenario)))
  await shoppers.stop()
  broken.push(...(await checkBooks(cluster, shoppers)))
  const audit = await cluster.admin.admin.audit.query({})
  if (!audit.holds) broken.push(`The audit found: ${JSON.stringify(audit)}`)
  const placed = Number(
    (await (await cluster.primary()).query<{ count: string }>('select count(*) from "order"', 'jumun'))[0]?.count,
  )
  await waitFor(async () => (await cluster.platform.stats()).orders === placed, DELIVERY_TIMEOUT_MS).catch(async () => {
    broken.push(`The data platform has ${(await cluster.platform.stats()).orders} orders of ${placed}.`)
  })
  log(`${placed} orders`)

  async function runScenario({ name, longestGapSeconds, unnoticed = false, run }: Scenario): Promise<string[]> {
    shoppers.mark()
    const timeout = new Promise<string>((resolve) => setTimeout(resolve, SCENARIO_TIMEOUT_MS, 'it did not end').unref())
    const failure = await Promise.race([
      run(cluster, shoppers).then(
        () => undefined,
        (error: Error) => error.message,
      ),
      timeout,
    ])
    const times = [...shoppers.acknowledged, performance.now()]
    const gap = Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0))) / 1_000
    const { sdkErrors, plainErrors, plainOrders, slowestMs } = shoppers
    log(
      `${name}: ${gap.toFixed(1)} s without an order, slowest call ${(slowestMs / 1_000).toFixed(1)} s, ${times.length - 2} orders, ` +
        `${sdkErrors.length} errors in the SDK; without retries ${plainOrders} orders, ${plainErrors.length} errors`,
    )
    return [
      ...(failure === undefined ? [] : [`${name}: ${failure}`]),
      ...(gap > longestGapSeconds
        ? [`${name}: no order for ${gap.toFixed(1)} s, and ${longestGapSeconds} is the limit`]
        : []),
      ...(sdkErrors.length > 0 ? [`${name}: ${sdkErrors.length} errors in the SDK, such as ${sdkErrors[0]}`] : []),
      ...(unnoticed && plainErrors.length > 0
        ? [`${name}: clients without retries saw ${plainErrors.length} errors, such as ${plainErrors[0]}`]
        : []),
    ]
  }
} finally {
  await cluster.close()
}
for (const line of broken) log(`BROKEN: ${line}`)
if (broken.length > 0) {
  log(`The logs are in ${cluster.directory}`)
  process.exitCode = 1
} else await run('rm', ['-rf', cluster.directory])

/** Throws with one line that says what is missing. */
async function findPrograms() {
  if (process.getuid?.() !== 0) throw new Error('test:cluster needs root, because PostgreSQL runs as another account.')
  for (const name of PROGRAMS)
    await run('which', [name]).catch(() => {
      throw new Error(`${name} is missing: apt-get install ${PROGRAMS.join(' ')} postgresql`)
    })
  const [version] = readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a))
  const id = async (flag: string) => Number(await run('id', [flag, 'postgres']))
  return { binaries: `${POSTGRES}/${version}/bin`, account: { uid: await id('-u'), gid: await id('-g') } }
}
