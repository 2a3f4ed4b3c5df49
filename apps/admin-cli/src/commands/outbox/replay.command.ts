import type { JumunClient, OutboxEvent } from '@jumun/client'
import type { Command } from 'commander'
import { reportWork } from '../../bulk/report-work.ts'
import { runBulk } from '../../bulk/run-bulk.ts'
import { connect, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, EXIT_USAGE } from '../../failure.ts'
import { type BulkOptions, withBulkOptions } from '../../options/bulk-options.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printMessage, printResult } from '../../terminal/output.ts'
import { eventTable, readOutbox } from './outbox-events.ts'

/** The API takes more ids a call; each call replays its ids in one transaction. */
const IDS_PER_CALL = 100

const help = `
An event keeps its id when it is sent again, so the data platform never takes it twice.

Examples:
  jumun outbox replay 019310a4-6f00-7000-8000-000000000003
  jumun outbox replay --reason 'unknown sku'
  jumun outbox replay --all --dry-run
  jumun outbox replay --all --yes`

interface ReplayOptions extends GlobalOptions, BulkOptions {
  all?: boolean
  reason?: string
}

/** Adds `jumun outbox replay`. */
export function addReplayCommand(outbox: Command): void {
  const command = outbox
    .command('replay')
    .description('send dead letters again; safe to repeat')
    .argument('[ids...]', 'ids of dead letters, as listed')
    .option('--all', 'every dead letter')
    .option('--reason <text>', 'every dead letter with exactly this reason')
  withBulkOptions(command)
    .addHelpText('after', help)
    .action(async (ids: string[], _options: object, command: Command) =>
      replay(ids, command.optsWithGlobals<ReplayOptions>()),
    )
}

async function replay(given: string[], options: ReplayOptions): Promise<void> {
  const { all = false, reason, dryRun = false } = options
  // The same id in another case is the same event.
  const named = [...new Set(given.map((id) => id.toLowerCase()))]
  if ([all, reason !== undefined, named.length > 0].filter(Boolean).length !== 1)
    throw new CommandFailure('Give either the ids of dead letters, as listed, or --reason, or --all.', EXIT_USAGE)
  const jumun = await connect(options)
  const byId = named.length > 0
  const events = byId && !dryRun ? [] : await deadLetters(jumun, byId ? { ids: named } : { reason })
  if (dryRun) return printResult({ dryRun, events }, options, () => eventTable(events))
  const ids = byId ? named : events.map(({ id }) => id)
  if (events.length > 0) await confirm(`Send ${events.length} dead letters again?`, options)
  report(await replayEvents(jumun, ids), ids.length, options)
}

/** Reads all dead letters, or those with the given ids or reason. */
async function deadLetters(
  jumun: JumunClient,
  { ids, reason }: { ids?: string[]; reason?: string | undefined },
): Promise<OutboxEvent[]> {
  const wanted = ids && new Set(ids)
  const found: OutboxEvent[] = []
  for await (const event of readOutbox(jumun, { state: 'dead', reason }))
    if (!wanted || wanted.has(event.id)) found.push(event)
  return found
}

/** Sends dead letters again, and counts the ids that were none, until all are done, a call fails, or Ctrl-C is pressed. */
async function replayEvents(jumun: JumunClient, ids: string[]) {
  const result = { replayed: 0, others: 0 }
  const rows = ids.map((item) => ({ item }))
  const work = { rows, total: ids.length, what: 'events', maxItems: IDS_PER_CALL, inFlight: 1 }
  const end = await runBulk(work, async (batch, call) => {
    const input = { ids: batch.map(({ item }) => item) }
    const { replayed } = await call(batch.length, (options) => jumun.outbox.replay.mutate(input, options))
    result.replayed += replayed
    result.others += batch.length - replayed
  })
  return { ...result, ...end }
}

type Replayed = Awaited<ReturnType<typeof replayEvents>>

function report({ replayed, others, uncertain, failure }: Replayed, total: number, options: ReplayOptions): void {
  const done = replayed + others
  if (others > 0) printMessage(`${others} of the ids are not dead letters, or no longer.`)
  reportWork(
    {
      result: { replayed, uncertain },
      toText: () => `${replayed} events were queued to be sent again.\n`,
      isComplete: done === total,
      error: failure?.error,
      didNothing: done + uncertain === 0,
      soFar: `${replayed} of ${total} events were queued to be sent again.`,
      uncertain,
      next: 'It is safe to repeat.',
    },
    options,
  )
}
