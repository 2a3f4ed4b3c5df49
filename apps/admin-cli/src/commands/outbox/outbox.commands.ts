import { type Command, Option } from 'commander'
import { callAction } from '../../options/call-action.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { eventTable, readOutbox } from './outbox-events.ts'
import { addReplayCommand } from './replay.command.ts'

const help = `
Examples:
  jumun outbox list
  jumun outbox list --reason 'unknown sku'
  jumun outbox list --waiting --limit 100`

interface OutboxListOptions extends ListOptions {
  waiting?: boolean
  reason?: string
}

/** Adds `jumun outbox …`. */
export function addOutboxCommands(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('list the events that the data platform has not accepted, and send dead letters again')
  addListCommand(outbox)
  addReplayCommand(outbox)
}

function addListCommand(outbox: Command): void {
  withListOptions(outbox.command('list').description('list dead letters or waiting events, oldest first'))
    .addOption(new Option('--dead', 'events that were rejected too often (the default)'))
    .addOption(new Option('--waiting', 'events that the server will retry').conflicts('dead'))
    .option('--reason <text>', 'only those whose last attempt failed for exactly this reason')
    .addHelpText('after', help)
    .action(
      callAction(eventTable, (jumun, { waiting, reason, ...list }: OutboxListOptions) =>
        readPages(list, ({ pageSize }) => readOutbox(jumun, { state: waiting ? 'waiting' : 'dead', reason }, pageSize)),
      ),
    )
}
