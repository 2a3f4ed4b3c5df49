import { isJumunError, type JumunClient, type OutboxEvent } from '@jumun/client'
import type { Command } from 'commander'
import { stopOnInterrupt } from '../../bulk/stop-on-interrupt.ts'
import { connect, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, describe, EXIT_INTERRUPTED, EXIT_USAGE, explain } from '../../failure.ts'
import { type BulkOptions, withBulkOptions } from '../../options/bulk-options.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printResult, say } from '../../terminal/output.ts'
import { startProgress } from '../../terminal/progress.ts'
import { eventTable } from './event-table.ts'
import { readOutbox } from './read-outbox.ts'
import { type Replayed, replayEvents } from './replay-events.ts'

const help = `
Each is sent with the id by which the data platform knows it, so it is never taken twice.

Examples:
  jumun outbox replay 019310a4-6f00-7000-8000-000000000003
  jumun outbox replay --all --dry-run
  jumun outbox replay --all --yes`

interface ReplayOptions extends GlobalOptions, BulkOptions {
  all?: boolean
}

/** `jumun outbox replay` */
export function addReplayCommand(outbox: Command): void {
  const command = outbox
    .command('replay')
    .description('send dead letters again; safe to repeat')
    .argument('[ids...]', 'which, by ID as listed')
    .option('--all', 'every one that there is now')
  withBulkOptions(command)
    .addHelpText('after', help)
    .action(async (ids: string[], _options: object, command: Command) =>
      replay(ids, command.optsWithGlobals<ReplayOptions>()),
    )
}

async function replay(named: string[], options: ReplayOptions): Promise<void> {
  const { all = false, dryRun = false } = options
  if (all === named.length > 0) throw new CommandFailure('Say which: ids as listed, or --all.', EXIT_USAGE)
  const jumun = await connect(options)
  const events = all || dryRun ? await deadLetters(jumun, all ? undefined : named) : []
  if (dryRun) return printResult({ dryRun, events }, options, () => eventTable(events))
  const ids = all ? events.map(({ id }) => id) : named
  if (events.length > 0) await confirm(`Send ${events.length} dead letters again?`, options)
  const progress = startProgress(ids.length, 'events')
  using interrupt = stopOnInterrupt(progress)
  const result = await replayEvents({ jumun, ids, interrupt, onDone: progress.add })
  progress.stop()
  report(result, ids.length, options)
}

/** All of them, or those with these ids. */
async function deadLetters(jumun: JumunClient, ids: string[] | undefined): Promise<OutboxEvent[]> {
  const wanted = ids && new Set(ids.map((id) => id.toLowerCase()))
  const found: OutboxEvent[] = []
  for await (const event of readOutbox(jumun, 'dead')) if (!wanted || wanted.has(event.id)) found.push(event)
  return found
}

function report({ replayed, others, uncertain, failure }: Replayed, total: number, options: ReplayOptions): void {
  const done = replayed + others
  // Nothing was done: the failure itself says it all.
  if (failure && done + uncertain === 0) throw failure.error
  if (done === total || options.json)
    printResult({ replayed, uncertain }, options, () => `${replayed} events wait to be sent again.\n`)
  if (others > 0) say(`${others} of the ids were no dead letters, or no more.`)
  if (done === total) return
  const lost = uncertain === 0 ? '' : ` ${uncertain} more may: their answer was lost.`
  const soFar = `${replayed} of ${total} events wait to be sent again.${lost} It is safe to repeat.`
  if (!failure || isJumunError(failure.error, 'ABORTED'))
    throw new CommandFailure(`Stopped: ${soFar}`, EXIT_INTERRUPTED)
  const { error } = failure
  const reason = isJumunError(error) ? describe(error) : String(error)
  throw new CommandFailure(`${reason} ${soFar}`, explain(error).exitCode)
}
