import type { PointBalance, PointEntry } from '@jumun/client'
import type { Command } from 'commander'
import { wholeNumber } from './arguments.ts'
import { connect, type GlobalOptions } from './connect.ts'
import { printResult } from './output.ts'
import { type ListOptions, readPages, withListOptions } from './pages.ts'
import { renderTable } from './table.ts'

/** `jumun points …` */
export function addPointCommands(program: Command): void {
  const points = program.command('points').description('charge points and read them')

  points
    .command('charge')
    .description('charge points to a member')
    .argument('<memberId>')
    .argument('<amount>', 'whole KRW', wholeNumber())
    .option('--key <key>', 'idempotency key: with the same key it is done once, however often it is repeated')
    .addHelpText('after', '\nExample:\n  jumun points charge mina 10000 --key refund-2026-0042')
    .action(async (memberId: string, amount: number, { key }: { key?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const idempotencyKey = key === undefined ? {} : { idempotencyKey: key }
      printResult(await jumun.point.charge.mutate({ memberId, amount, ...idempotencyKey }), options, balanceTable)
    })

  points
    .command('balance')
    .description("read a member's points")
    .argument('<memberId>')
    .action(async (memberId: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      printResult(await jumun.point.balance.query({ memberId }), options, balanceTable)
    })

  withListOptions(points.command('history').description("list a member's charges and payments, newest first"))
    .argument('<memberId>')
    .action(async (memberId: string, list: ListOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const entries = await readPages(list, (page) => jumun.point.history.query({ memberId, ...page }))
      printResult(entries, options, historyTable)
    })
}

function balanceTable(balance: PointBalance): string {
  return renderTable([balance], { MEMBER: ({ memberId }) => memberId, BALANCE: ({ balance }) => balance })
}

function historyTable(entries: PointEntry[]): string {
  return renderTable(entries, {
    ID: ({ id }) => id,
    TIME: ({ createdAt }) => createdAt,
    KIND: ({ kind }) => kind,
    AMOUNT: ({ amount }) => amount,
    BALANCE: ({ balanceAfter }) => balanceAfter,
    ORDER: ({ orderId }) => orderId,
  })
}
