import type { OrderDifference, Reconciliation } from '@jumun/client'
import type { Command } from 'commander'
import { reportWork } from '../../bulk/report-work.ts'
import { stopOnInterrupt } from '../../bulk/run-bulk.ts'
import { connect, type GlobalOptions } from '../../connect.ts'
import { type BulkOptions, withBulkOptions } from '../../options/bulk-options.ts'
import { durationOption } from '../../options/value-parsers.ts'
import { confirm } from '../../terminal/confirm.ts'
import { formatDuration } from '../../terminal/format-duration.ts'
import { type Progress, startProgress } from '../../terminal/progress.ts'
import { showStatusLine } from '../../terminal/status-line.ts'
import { renderTable } from '../../terminal/table.ts'
import { type Reconciled, reconcileOrders } from './reconcile-orders.ts'

const help = `
Orders that changed within --grace may still be on their way: they count as fresh, not as different. An order that the
data platform lacks, or has in an older version, is sent again, unless its event is in the outbox (see: jumun outbox).
Exits with 1 if differences remain: dead letters, or orders that the platform has and the shop has not, or in a newer
version. It is safe to repeat.

Examples:
  jumun reconcile --dry-run
  jumun reconcile --yes
  jumun reconcile --grace 15m --json`

interface ReconcileOptions extends GlobalOptions, BulkOptions {
  grace: number
}

/** Adds `jumun reconcile`. */
export function addReconcileCommand(program: Command): void {
  const command = program
    .command('reconcile')
    .description('compare paid orders with the data platform, and send it those that it lacks')
    .addOption(durationOption('--grace <time>', 'how long an order may take to arrive: 90s, 15m, 1h', '60s'))
  withBulkOptions(command)
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => reconcile(command.optsWithGlobals<ReconcileOptions>()))
}

async function reconcile(options: ReconcileOptions): Promise<void> {
  const { dryRun = false, grace: graceSeconds } = options
  const jumun = await connect(options)
  if (!dryRun) await confirm('Send the data platform the orders that it lacks?', options)
  const progress = startComparisonProgress()
  using interrupt = stopOnInterrupt(progress)
  const reconciled = await reconcileOrders({ jumun, dryRun, graceSeconds, interrupt, onCompared: progress.add })
  progress.stop()
  report(reconciled, options)
}

/** A bar if the API reports a total and one call is not enough; a status line if there are too many orders to count. */
function startComparisonProgress() {
  let compared = 0
  let bar: Progress | undefined
  let isOver = false
  const status = showStatusLine(
    (seconds) => `${compared} orders compared, ${Math.round(compared / seconds)}/s, ${formatDuration(seconds)}`,
  )
  return {
    add(page: Reconciliation) {
      compared += page.compared
      if (!isOver && page.total !== undefined && page.nextCursor !== null) {
        status[Symbol.dispose]()
        bar = startProgress(page.total, 'orders')
      }
      bar?.add(page.compared)
    },
    stop() {
      isOver = true
      if (bar) bar.stop()
      else status[Symbol.dispose]()
    },
  }
}

function report({ counts, differences, isComplete, error }: Reconciled, options: ReconcileOptions): void {
  const { none, ...found } = counts
  const { dryRun = false } = options
  const unresolved = none + found.dead
  reportWork(
    {
      result: { ...(dryRun && { dryRun }), ...found, differences },
      toText: () => tables(counts, differences),
      printsPartialText: true,
      isComplete,
      leftOut: unresolved === 0 ? undefined : `${unresolved} orders differ and were not sent again.`,
      error,
      didNothing: found.compared === 0,
      soFar: `${found.compared} orders were compared, and ${found.resent} were sent again.`,
      next: 'It is safe to repeat.',
    },
    options,
  )
}

function tables(counts: Reconciled['counts'], differences: OrderDifference[]): string {
  const { none, ...shown } = counts
  const names = Object.keys(shown) as (keyof typeof shown)[]
  const summary = renderTable([shown], Object.fromEntries(names.map((name) => [name.toUpperCase(), name])))
  return differences.length === 0 ? summary : `${summary}\n${differenceTable(differences)}`
}

function differenceTable(differences: OrderDifference[]): string {
  return renderTable(differences, {
    ORDER: 'orderId',
    FINDING: 'finding',
    HERE: 'version',
    THERE: 'platformVersion',
    ACTION: 'action',
  })
}
