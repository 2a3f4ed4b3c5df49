import type { JumunClient, OutboxEvent, OutboxState, Page } from '@jumun/client'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connect.ts'
import { CommandFailure, EXIT_USAGE } from './failure.ts'
import { printResult, say } from './output.ts'
import { type ListOptions, readPages, withListOptions } from './pages.ts'
import { type Columns, renderTable } from './table.ts'

const BATCH_SIZE = 100

interface ReplayOptions {
  all?: boolean
  yes?: boolean
  dryRun?: boolean
}

/** `jumun outbox …` */
export function addOutboxCommands(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('look at what the data platform has not taken, and send it again')
  addListCommand(outbox)
  addReplayCommand(outbox)
}

function addListCommand(outbox: Command): void {
  withListOptions(outbox.command('list').description('list dead letters, the oldest first'))
    .addOption(new Option('--dead', 'events that were rejected too often (this is what is listed if nothing is said)'))
    .addOption(new Option('--waiting', 'events that are tried again by themselves').conflicts('dead'))
    .addHelpText('after', '\nExample:\n  jumun outbox list --waiting --limit 100')
    .action(async ({ waiting, ...list }: ListOptions & { waiting?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const state = waiting ? 'waiting' : 'dead'
      const found = await readPages(list, ({ pageSize }) => readOutbox(jumun, state, pageSize))
      printResult(found, options, eventTable)
    })
}

function addReplayCommand(outbox: Command): void {
  outbox
    .command('replay')
    .description('send dead letters again; safe to repeat')
    .argument('[ids...]', 'which, by ID as listed')
    .option('--all', 'every one that there is now')
    .option('--yes', 'go on without asking for it; needed with --all')
    .option('--dry-run', 'only show what would be sent again')
    .addHelpText('after', '\nExample:\n  jumun outbox replay --all --dry-run\n  jumun outbox replay --all --yes')
    .action(async (ids: string[], replay: ReplayOptions, command: Command) => {
      refuseUnclear(ids, replay)
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const chosen = ids.length > 0 ? pickById(ids) : () => true
      if (replay.dryRun) return printResult(await collect(jumun, chosen), options, eventTable)
      const replayed = replay.all ? await replayAll(jumun) : await replayIds(jumun, ids)
      printResult({ replayed }, options, () => `${replayed} events wait to be sent again.\n`)
      if (replayed < ids.length) say(`${ids.length - replayed} of the ids were no dead letters, or no more.`)
    })
}

function refuseUnclear(ids: string[], { all = false, yes = false, dryRun = false }: ReplayOptions): void {
  if (all === ids.length > 0) throw new CommandFailure('Say which: ids as listed, or --all.', EXIT_USAGE)
  if (all && !yes && !dryRun)
    throw new CommandFailure('Say --yes to send all of them again, or --dry-run to see which.', EXIT_USAGE)
}

function pickById(ids: string[]): (event: OutboxEvent) => boolean {
  const wanted = new Set(ids.map((id) => id.toLowerCase()))
  return ({ id }) => wanted.has(id)
}

async function collect(jumun: JumunClient, isChosen: (event: OutboxEvent) => boolean): Promise<OutboxEvent[]> {
  const chosen: OutboxEvent[] = []
  for await (const event of readOutbox(jumun, 'dead')) if (isChosen(event)) chosen.push(event)
  return chosen
}

/** Once through them all. What is rejected again takes minutes to become a dead letter anew. */
async function replayAll(jumun: JumunClient): Promise<number> {
  let replayed = 0
  let batch: string[] = []
  for await (const { id } of readOutbox(jumun, 'dead')) {
    batch.push(id)
    if (batch.length < BATCH_SIZE) continue
    replayed += await replayIds(jumun, batch)
    batch = []
  }
  return replayed + (await replayIds(jumun, batch))
}

async function replayIds(jumun: JumunClient, ids: string[]): Promise<number> {
  let replayed = 0
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    const answer = await jumun.outbox.replay.mutate({ ids: ids.slice(start, start + BATCH_SIZE) })
    replayed += answer.replayed
  }
  return replayed
}

async function* readOutbox(
  jumun: JumunClient,
  state: OutboxState,
  limit: number = BATCH_SIZE,
): AsyncGenerator<OutboxEvent, void, undefined> {
  let cursor: string | null | undefined
  do {
    const page: Page<OutboxEvent> = await jumun.outbox.list.query({ state, limit, ...(cursor && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}

function eventTable(events: OutboxEvent[]): string {
  const columns: Columns<OutboxEvent> = {
    ID: ({ id }) => id,
    ORDER: ({ orderId }) => orderId,
    TYPE: ({ type }) => type,
    VERSION: ({ version }) => version,
    ATTEMPTS: ({ attempts }) => attempts,
    SINCE: ({ since }) => since,
    REASON: ({ reason }) => reason,
  }
  return renderTable(events, columns, { cut: ['REASON'] })
}
