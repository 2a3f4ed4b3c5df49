import type { MovePointsInput, PointBalance, PointEntry } from '@jumun/client'
import { REASON_MAX_LENGTH } from '@jumun/contract/limits'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, EXIT_USAGE } from '../../failure.ts'
import { type BulkOptions, type FileOptions, withBulkOptions, withFileOptions } from '../../options/bulk-options.ts'
import { callAction } from '../../options/call-action.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { wholeNumber } from '../../options/value-parsers.ts'
import { interruptible } from '../../terminal/interrupt.ts'
import { printResult } from '../../terminal/output.ts'
import { renderTable } from '../../terminal/table.ts'
import { balancesTable } from './balances-table.ts'
import { chargeFile } from './charge-file.ts'

const chargeHelp = `
Examples:
  jumun points charge mina 10000 --key refund-2026-0042 --reason 'late delivery'
  jumun points charge --file charges.csv --dry-run
  jumun points charge --file charges.csv --on-error skip --yes

A CSV file has the heading memberId,amount or memberId,amount,key; in JSON a charge is { "memberId", "amount", "key"? }.

Charges with the same member and key are made once within 24 hours. Later the server may have deleted the key, and a
repeated charge would be made again. A row without a key gets one of the whole file's content and its line: the same
file again makes no new charges; a file with any change does.`

/** Adds `jumun points …`. */
export function addPointCommands(program: Command): void {
  const points = program.command('points').description('charge points, and show balances and histories')
  addChargeCommand(points)

  points
    .command('balance')
    .description("show a member's points")
    .argument('<memberId>')
    .addHelpText('after', '\nExample:\n  jumun points balance mina')
    .action(callAction(balanceTable, (jumun, _options, memberId: string) => jumun.point.balance.query({ memberId })))

  withListOptions(points.command('history').description("list every change of a member's points, newest first"))
    .argument('<memberId>')
    .addHelpText('after', '\nExample:\n  jumun points history mina --limit 100')
    .action(
      callAction(historyTable, (jumun, list: ListOptions, memberId: string) =>
        readPages(list, (options) => jumun.pointHistory({ memberId }, options)),
      ),
    )
}

interface ChargeOptions extends GlobalOptions, BulkOptions, FileOptions {
  key?: string
  reason?: string
  keyPrefix: string
}

function addChargeCommand(points: Command): void {
  const charge = points
    .command('charge')
    .description('charge points to a member, or to the members in a file')
    .argument('[memberId]')
    .argument('[amount]', 'whole KRW', wholeNumber())
    .addOption(new Option('--key <key>', 'idempotency key: calls with the same key charge once').conflicts('file'))
    .addOption(
      new Option('--reason <text>', `why, up to ${REASON_MAX_LENGTH} characters; the member sees it`).conflicts('file'),
    )
  withFileOptions(charge, 'charges').option('--key-prefix <text>', 'text to put before every key', '')
  withBulkOptions(charge)
    .addHelpText('after', chargeHelp)
    .action(async (memberId: string | undefined, amount: number | undefined, _options: object, command: Command) => {
      const { file, key, reason, ...options } = command.optsWithGlobals<ChargeOptions>()
      if (file !== undefined && memberId !== undefined)
        throw new CommandFailure('Give either a member and an amount, or a file.', EXIT_USAGE)
      if (file !== undefined) return chargeFile({ ...options, file })
      if (memberId === undefined || amount === undefined)
        throw new CommandFailure(
          `missing required argument '${memberId === undefined ? 'memberId' : 'amount'}'`,
          EXIT_USAGE,
        )
      await chargeMember({ memberId, amount, reason, idempotencyKey: key }, options)
    })
}

async function chargeMember(charge: MovePointsInput, options: GlobalOptions & BulkOptions): Promise<void> {
  const jumun = await connect(options)
  if (options.dryRun) {
    const { memberId, balance } = await jumun.point.balance.query({ memberId: charge.memberId })
    const after = { memberId, balance: balance + charge.amount }
    return printResult({ dryRun: true, ...after }, options, () => balanceTable(after))
  }
  const charged = await interruptible((call) => jumun.point.charge.mutate(charge, call))
  printResult(charged, options, balanceTable)
}

function balanceTable(balance: PointBalance): string {
  return balancesTable([balance])
}

function historyTable(entries: PointEntry[]): string {
  return renderTable(entries, {
    ID: 'id',
    TIME: 'createdAt',
    KIND: 'kind',
    AMOUNT: 'amount',
    BALANCE: 'balanceAfter',
    ORDER: 'orderId',
    ACTOR: 'actor',
    REASON: 'reason',
  })
}
