import { isJumunError, type OrderDifference } from '@jumun/client'
import { type Command, Option } from 'commander'
import { stopOnInterrupt } from '../../bulk/stop-on-interrupt.ts'
import { connect, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, describe, EXIT_INTERRUPTED, EXIT_REFUSED, explain } from '../../failure.ts'
import { type BulkOptions, withBulkOptions } from '../../options/bulk-options.ts'
import { duration } from '../../options/value-parsers.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printResult } from '../../terminal/output.ts'
import { renderTable } from '../../terminal/table.ts'
import { startComparison } from './comparison-progress.ts'
import { type Reconciled, reconcileOrders } from './reconcile-orders.ts'

const DEFAULT_GRACE_SECONDS = 60

const help = `
Orders that changed within --grace may be on their way and are not judged. What is missing at the data platform, or behind,
is sent again, unless it waits in the outbox or is a dead letter (see: jumun outbox). Exits with 1 if that does not put
everything right: if there is a dead letter, or the platform has what we have not. It is safe to repeat.

Examples:
  jumun reconcile --dry-run
  jumun reconcile --yes
  jumun reconcile --grace 15m --json`

interface ReconcileOptions extends GlobalOptions, BulkOptions {
  grace: number
}

/** `jumun reconcile` */
export function addReconcileCommand(program: Command): void {
  const command = program
    .command('reconcile')
    .description('compare paid orders with the data platform, and send it what it lacks')
    .addOption(
      new Option('--grace <time>', 'how long an order may be on its way: 90s, 15m, 1h')
        .argParser(duration)
        .default(DEFAULT_GRACE_SECONDS, '60s'),
    )
  withBulkOptions(command)
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => reconcile(command.optsWithGlobals<ReconcileOptions>()))
}

async function reconcile(options: ReconcileOptions): Promise<void> {
  const { dryRun = false, grace: graceSeconds } = options
  const jumun = await connect(options)
  if (!dryRun) await confirm('Send the data platform whatever it lacks?', options)
  const comparison = startComparison()
  using interrupt = stopOnInterrupt(comparison)
  const reconciled = await reconcileOrders({ jumun, dryRun, graceSeconds, interrupt, onCompared: comparison.add })
  comparison.stop()
  report(reconciled, options)
}

function report({ counts, differences, isWhole, error }: Reconciled, options: ReconcileOptions): void {
  // Nothing was done: the failure itself says it all.
  if (error && counts.compared === 0 && !isJumunError(error, 'ABORTED')) throw error
  const { none, ...found } = counts
  const { dryRun = false } = options
  printResult({ ...(dryRun && { dryRun }), ...found, differences }, options, () => tables(counts, differences))
  if (!isWhole) throw endedEarly(counts, error)
  const unsettled = none + found.dead
  if (unsettled > 0) throw new CommandFailure(`${unsettled} orders differ and were not sent again.`, EXIT_REFUSED)
}

function endedEarly({ compared, resent }: Reconciled['counts'], error: unknown): CommandFailure {
  const soFar = `${compared} orders were compared, and ${resent} sent again. It is safe to repeat.`
  if (error === undefined || isJumunError(error, 'ABORTED'))
    return new CommandFailure(`Stopped: ${soFar}`, EXIT_INTERRUPTED)
  return new CommandFailure(`${isJumunError(error) ? describe(error) : error} ${soFar}`, explain(error).exitCode)
}

function tables(counts: Reconciled['counts'], differences: OrderDifference[]): string {
  const summary = renderTable([counts], {
    COMPARED: ({ compared }) => compared,
    FRESH: ({ fresh }) => fresh,
    MISSING: ({ missing }) => missing,
    BEHIND: ({ behind }) => behind,
    AHEAD: ({ ahead }) => ahead,
    UNKNOWN: ({ unknown }) => unknown,
    RESENT: ({ resent }) => resent,
    WAITING: ({ waiting }) => waiting,
    DEAD: ({ dead }) => dead,
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
