import type { JumunClient, OrderDifference } from '@jumun/client'
import { type Command, Option } from 'commander'
import { duration } from './arguments.ts'
import { connect, type GlobalOptions } from './connect.ts'
import { CommandFailure, EXIT_REFUSED } from './failure.ts'
import { printResult, say } from './output.ts'
import { renderTable } from './table.ts'

const DEFAULT_GRACE_SECONDS = 60
const PROGRESS_INTERVAL_MS = 2_000

/** What is shown of the orders that differ; all are counted. */
const MAX_SHOWN = 1_000

const details = `
Orders that changed within --grace may be on their way and are not judged. What is missing at the data platform, or behind,
is sent again, unless it waits in the outbox or is a dead letter (see: jumun outbox). Exits with 1 if that does not put
everything right: if there is a dead letter, or the platform has what we have not.

Example:
  jumun reconcile --dry-run`

interface ReconcileOptions {
  dryRun?: boolean
  grace: number
}

type Counts = Record<OrderDifference['finding'] | OrderDifference['action'] | 'compared' | 'fresh', number>

interface Summary extends Omit<Counts, 'none'> {
  differences: OrderDifference[]
}

/** `jumun reconcile` */
export function addReconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .description('compare paid orders with the data platform, and send it what it lacks')
    .option('--dry-run', 'only look, and send nothing')
    .addOption(
      new Option('--grace <time>', 'how long an order may be on its way: 90s, 15m, 1h')
        .argParser(duration)
        .default(DEFAULT_GRACE_SECONDS, '60s'),
    )
    .addHelpText('after', details)
    .action(async ({ dryRun = false, grace }: ReconcileOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const { none, ...summary } = await reconcile(jumun, { dryRun, graceSeconds: grace })
      printResult<Summary>(summary, options, report)
      const unsettled = none + summary.dead
      if (unsettled > 0) throw new CommandFailure(`${unsettled} orders differ and were not sent again.`, EXIT_REFUSED)
    })
}

/** From the first order to the last, one call a stretch; whatever differs is counted, and the first of it is kept. */
async function reconcile(
  jumun: JumunClient,
  input: { dryRun: boolean; graceSeconds: number },
): Promise<Counts & Summary> {
  const counts: Counts = {
    compared: 0,
    fresh: 0,
    missing: 0,
    behind: 0,
    ahead: 0,
    unknown: 0,
    resent: 0,
    waiting: 0,
    dead: 0,
    none: 0,
  }
  const kept: OrderDifference[] = []
  let cursor: string | null | undefined
  let saidAt = performance.now()
  do {
    const found = await jumun.admin.reconcile.mutate({ ...input, ...(cursor && { cursor }) })
    counts.compared += found.compared
    counts.fresh += found.fresh
    for (const { finding, action } of found.differences) {
      counts[finding]++
      counts[action]++
    }
    kept.push(...found.differences.slice(0, MAX_SHOWN - kept.length))
    cursor = found.nextCursor
    if (cursor === null || performance.now() - saidAt < PROGRESS_INTERVAL_MS) continue
    say(`${counts.compared} orders compared.`)
    saidAt = performance.now()
  } while (cursor !== null)
  return { ...counts, differences: kept }
}

function report({ differences, compared, fresh, resent, waiting, dead, ...found }: Summary): string {
  const summary = renderTable([found], {
    COMPARED: () => compared,
    FRESH: () => fresh,
    MISSING: ({ missing }) => missing,
    BEHIND: ({ behind }) => behind,
    AHEAD: ({ ahead }) => ahead,
    UNKNOWN: ({ unknown }) => unknown,
    RESENT: () => resent,
    WAITING: () => waiting,
    DEAD: () => dead,
  })
  return differences.length === 0 ? summary : `${summary}\n${differenceTable(differences)}`
}

function differenceTable(differences: OrderDifference[]): string {
  return renderTable(differences, {
    ORDER: ({ orderId }) => orderId,
    FINDING: ({ finding }) => finding,
    HERE: ({ version }) => version,
    THERE: ({ platformVersion }) => platformVersion,
    ACTION: ({ action }) => action,
  })
}
