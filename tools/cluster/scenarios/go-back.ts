import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isJumunError } from '@jumun/client'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import type { Cluster } from '../cluster/cluster.ts'
import type { Machine } from '../cluster/machines.ts'

export const GO_BACK = 'restored from the archive, as of a second in the past'

const LATER_ORDERS = 3
const TIMEOUT_MS = 90_000

/**
 * Places orders, and goes back to the second before them, as docs/operations.md says in "Back up". Nobody may shop meanwhile. Returns what
 * does not hold.
 */
export async function goBack(cluster: Cluster, binaries: string): Promise<string[]> {
  const { admin, machines, apis } = cluster
  const early = await placeOrders(cluster)
  const target = await now(await cluster.primary())
  await sleep(1_000)
  const [before, later] = [await countOrders(cluster), await placeOrders(cluster)]
  await archiveAll(await cluster.primary())
  for (const api of apis) await api.end('SIGTERM')
  const [here, other] = [await cluster.primary(), await cluster.standby()]
  for (const { pgbouncer, patroni } of machines) {
    await pgbouncer.signal('SIGINT')
    await patroni.signal('SIGTERM')
  }
  await restore(here, target, binaries)
  here.patroni.start()
  await waitFor(async () => (await here.role()) === 'primary', TIMEOUT_MS)
  await rm(other.dataDir, { recursive: true })
  other.patroni.start()
  for (const { pgbouncer } of machines) pgbouncer.start()
  for (const api of apis) api.start()
  await Promise.all(apis.map((api) => api.ready()))
  await cluster.inSync()
  await here.asPostgres('pgbackrest', ['--stanza=jumun', '--type=full', 'backup'])
  await tryCopy(here, binaries)
  const wrong: string[] = []
  const after = await countOrders(cluster)
  if (after !== before) wrong.push(`${before} orders were placed before that second, and ${after} are there`)
  const audit = await admin.admin.audit.query({})
  if (!audit.holds) wrong.push(`the audit found ${JSON.stringify(audit)}`)
  const missed = await unreported(cluster, later.ids)
  if (missed.length > 0) wrong.push(`reconcile does not report ${missed}, which only the data platform has`)
  const beyond = await follow(cluster, later.cursor)
  if (beyond !== 'reset') wrong.push(`a reader of the feed from beyond that second is told: ${beyond}`)
  await placeOrders(cluster)
  const earlier = await follow(cluster, early.cursor)
  if (!earlier.startsWith('order')) wrong.push(`a reader of the feed from before that second is told: ${earlier}`)
  return wrong.map((line) => `${GO_BACK}: ${line}`)
}

/** The commands of the document, with the paths of a machine. */
async function restore(machine: Machine, target: string, binaries: string): Promise<void> {
  const { asPostgres, dataDir, postgresPort } = machine
  const settings = join(dataDir, '../patroni.yml')
  await asPostgres('patronictl', ['-c', settings, 'remove', 'jumun'], 'jumun\nYes I am aware\n')
  const recovery = ['--delta', '--type=time', `--target=${target}`, '--target-action=promote', 'restore']
  await asPostgres('pgbackrest', ['--stanza=jumun', ...recovery])
  const pgCtl = pgCtlOf(machine, dataDir, binaries)
  // The backup has the settings of the machine that made it.
  await pgCtl('start', `--options=-c port=${postgresPort}`)
  const isRecovered = async () =>
    (await machine.query<{ isRecovering: boolean }>('select pg_is_in_recovery() as "isRecovering"'))[0]
      ?.isRecovering === false
  await waitFor(isRecovered, TIMEOUT_MS)
  await pgCtl('stop')
}

/** The monthly trial of the document: a copy of its own, which takes writes. */
async function tryCopy(machine: Machine, binaries: string): Promise<void> {
  const { asPostgres, dataDir } = machine
  const copy = join(dataDir, '../copy')
  const port = await freePort()
  await asPostgres('mkdir', ['--mode=700', copy])
  await asPostgres('pgbackrest', ['--stanza=jumun', `--pg1-path=${copy}`, '--archive-mode=off', 'restore'])
  const settings = `-c synchronous_standby_names='' -c listen_addresses=127.0.0.1 -c ssl=off -c port=${port}`
  const pgCtl = pgCtlOf(machine, copy, binaries)
  await pgCtl('start', `--options=${settings}`)
  // A commit that waits for a standby has no limit of its own.
  const write = ['--no-psqlrc', `--port=${port}`, '--dbname=jumun', '--command=create table written ()']
  await waitFor(() => asPostgres('timeout', ['5', 'psql', ...write]).then(() => true), TIMEOUT_MS)
  await pgCtl('stop')
}

function pgCtlOf({ asPostgres }: Machine, folder: string, binaries: string) {
  const always = [`--pgdata=${folder}`, '--wait', '--log=/dev/null']
  return (...args: string[]) => asPostgres(join(binaries, 'pg_ctl'), [...always, ...args])
}

async function now(primary: Machine): Promise<string> {
  const [row] = await primary.query<{ now: string }>('select clock_timestamp()::text as now')
  return row?.now ?? ''
}

async function countOrders(cluster: Cluster): Promise<number> {
  const [row] = await (await cluster.primary()).query<{ count: string }>('select count(*) from "order"', 'jumun')
  return Number(row?.count)
}

/** Places orders that the data platform gets. Returns them, and the cursor of a reader of the feed who knows them. */
async function placeOrders({ admin, client, platform }: Cluster): Promise<{ ids: string[]; cursor: string }> {
  const memberId = `late-${randomUUID()}`
  await admin.point.charge.mutate({ memberId, amount: 1_000, idempotencyKey: randomUUID() })
  const { ids: products } = await admin.product.create.mutate({
    items: [{ name: 'Late', price: 100, stock: LATER_ORDERS }],
  })
  const delivered = (await platform.stats()).orders
  const jumun = await client(memberId)
  const changes = jumun.changes({ topics: [`member:${memberId}`] })
  const first = changes.next()
  await waitFor(async () => changes.cursor !== undefined, TIMEOUT_MS)
  const ids: string[] = []
  for (let index = 0; index < LATER_ORDERS; index++) {
    const order = { memberId, items: [{ productId: products[0] ?? 0, quantity: 1 }], idempotencyKey: randomUUID() }
    ids.push((await jumun.order.place.mutate(order)).id)
  }
  await first
  await changes.return()
  await waitFor(async () => (await platform.stats()).orders === delivered + LATER_ORDERS, TIMEOUT_MS)
  return { ids, cursor: changes.cursor ?? '' }
}

/** Waits until everything that was committed is in the archive. */
async function archiveAll(primary: Machine): Promise<void> {
  const [row] = await primary.query<{ file: string }>('select pg_walfile_name(pg_switch_wal()) as file')
  const isArchived = async () => {
    const archived = await primary.query<{ last: string }>('select last_archived_wal as last from pg_stat_archiver')
    return (archived[0]?.last ?? '') >= (row?.file ?? '')
  }
  await waitFor(isArchived, TIMEOUT_MS)
}

/** Those of the orders that reconcile does not report as ones that only the data platform has. */
async function unreported({ admin }: Cluster, ids: string[]): Promise<string[]> {
  const reported = new Set<string>()
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const part: Awaited<ReturnType<typeof admin.admin.reconcile.mutate>> = await admin.admin.reconcile.mutate({
      graceSeconds: 0,
      dryRun: true,
      ...(cursor && { cursor }),
    })
    for (const { orderId, finding } of part.differences) if (finding === 'unknown') reported.add(orderId)
    cursor = part.nextCursor
  }
  return ids.filter((id) => !reported.has(id))
}

/** What a reader of the feed is told who goes on from there: the code of a problem, or the type of what it gets. */
async function follow({ admin }: Cluster, after: string): Promise<string> {
  try {
    const { value } = await admin.changes({ after, topics: ['orders'] }).next()
    return value?.type ?? 'nothing'
  } catch (error) {
    return isJumunError(error) ? error.code : String(error)
  }
}
