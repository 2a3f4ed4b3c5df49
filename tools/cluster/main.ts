import { parseArgs } from 'node:util'
import { findDebianPostgres } from '@jumun/test-kit/debian-postgres'
import { waitFor } from '@jumun/test-kit/wait-for'
import { startCluster } from './cluster/cluster.ts'
import { run } from './cluster/daemon.ts'
import { checkBooks, startShoppers } from './load/shoppers.ts'
import { checkPrograms } from './scenarios/check-programs.ts'
import { GO_BACK, goBack } from './scenarios/go-back.ts'
import { runScenario } from './scenarios/run-scenario.ts'
import { scenarios } from './scenarios/scenarios.ts'

/**
 * `npm run test:cluster [-- --only <part of a name>,…]`: runs the recipes of `ops/` on this machine (HAProxy, three processes of the API,
 * PgBouncer, Patroni with etcd), breaks them under load, and checks that no order is lost or doubled. Exits with 1 if a check failed, and
 * with 3 if only times were longer than their goals, which other work on the machine may cause, and with 4 if a program is missing.
 */

/** Exit codes. */
const LATE = 3
const MISSING = 4

const DELIVERY_TIMEOUT_MS = 60_000
const PROGRAMS = ['haproxy', 'patroni', 'etcd', 'pgbouncer', 'pgbackrest', 'openssl']
/** The oldest that do not lose orders, or the primary, in these scenarios: see docs/operations.md. */
const OLDEST = { patroni: '3.0.3', etcd: '3.5.13' }

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const isChosen = (name: string) => values.only.split(',').some((part) => name.includes(part))
const chosen = scenarios.filter(({ name }) => isChosen(name))
if (chosen.length === 0 && !isChosen(GO_BACK)) {
  const names = [...scenarios.map(({ name }) => name), GO_BACK]
  process.stderr.write(`No scenario is called so. There are:\n${names.map((name) => `  ${name}\n`).join('')}`)
  process.exit(2)
}
const log = (line: string) => void process.stderr.write(`${line}\n`)
const programs = await findPrograms().catch((error: Error) => {
  log(error.message)
  process.exit(MISSING)
})
const cluster = await startCluster(programs, log)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cluster.close().finally(() => process.exit(130)))
const broken: string[] = []
const late: string[] = []
try {
  await breakAndCheck()
} finally {
  await cluster.close()
}
for (const line of broken) log(`BROKEN: ${line}`)
for (const line of late) log(`LATE: ${line}`)
if (broken.length + late.length > 0) {
  log(`The logs are in ${cluster.directory}`)
  process.exitCode = broken.length > 0 ? 1 : LATE
} else await run('rm', ['-rf', cluster.directory])

/** Runs the scenarios, and collects what does not hold, then or at the end. */
async function breakAndCheck(): Promise<void> {
  const shoppers = await startShoppers(cluster)
  for (const scenario of chosen) {
    const result = await runScenario(scenario, cluster, shoppers)
    log(result.figures)
    broken.push(...result.broken)
    late.push(...result.late)
  }
  await shoppers.stop()
  broken.push(...(await checkBooks(cluster, shoppers)))
  const audit = await cluster.admin.admin.audit.query({})
  if (!audit.holds) broken.push(`The audit found: ${JSON.stringify(audit)}`)
  const primary = await cluster.primary()
  const [row] = await primary.query<{ count: string }>('select count(*) from "order"', 'jumun')
  const { platform } = cluster
  const isDelivered = async () => (await platform.stats()).orders === Number(row?.count)
  await waitFor(isDelivered, DELIVERY_TIMEOUT_MS).catch(async () => {
    broken.push(`The data platform has ${(await platform.stats()).orders} orders of ${row?.count}.`)
  })
  log(`${row?.count} orders were placed.`)
  if (isChosen(GO_BACK)) {
    broken.push(...(await goBack(cluster, programs.binaries)))
    log(GO_BACK)
  }
  broken.push(...(await checkPrograms(cluster)))
}

/** Throws with one line that says what is missing. */
async function findPrograms() {
  if (process.getuid?.() !== 0) throw new Error('test:cluster needs root, because PostgreSQL runs as another account.')
  const install = 'tools/cluster/install-programs.sh installs what is needed.'
  for (const name of PROGRAMS)
    await run('which', [name]).catch(() => {
      throw new Error(`${name} is missing. ${install}`)
    })
  for (const [name, oldest] of Object.entries(OLDEST)) {
    const version = /\d+\.\d+\.\d+/.exec(await run(name, ['--version']))?.[0] ?? 'unknown'
    if (!(version.localeCompare(oldest, 'en', { numeric: true }) >= 0))
      throw new Error(`${name} is ${version}, and must be ${oldest} or later. ${install}`)
  }
  return findDebianPostgres()
}
