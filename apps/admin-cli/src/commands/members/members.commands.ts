import type { Command } from 'commander'
import { callAction } from '../../options/call-action.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { balancesTable } from '../points/balances-table.ts'

/** Adds `jumun members …`. */
export function addMemberCommands(program: Command): void {
  const members = program.command('members').description('list members')
  withListOptions(members.command('list').description('list the members who were ever charged, with their points'))
    .option('--prefix <text>', 'what the member id begins with; upper and lower case differ')
    .addHelpText('after', '\nExamples:\n  jumun members list --prefix mi\n  jumun members list --all --json')
    .action(
      callAction(balancesTable, (jumun, { prefix, ...list }: ListOptions & { prefix?: string }) =>
        readPages(list, (options) => jumun.members({ prefix }, options)),
      ),
    )
}
