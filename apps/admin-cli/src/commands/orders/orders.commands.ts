import type { Order } from '@jumun/client'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from '../../connect.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { interruptible } from '../../terminal/interrupt.ts'
import { printResult } from '../../terminal/output.ts'
import { renderTable } from '../../terminal/table.ts'

/** Adds `jumun orders …`. */
export function addOrderCommands(program: Command): void {
  const orders = program.command('orders').description('show, list and cancel orders')

  orders
    .command('show')
    .description('show an order with its items')
    .argument('<orderId>')
    .addHelpText('after', '\nExample:\n  jumun orders show 019310a4-6f00-7000-8000-000000000001')
    .action(async (orderId: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      printResult(await jumun.order.byId.query({ orderId }), options, orderPage)
    })

  orders
    .command('cancel')
    .description('cancel an order; returns its stock and, if it was paid, its points')
    .argument('<orderId>')
    .addHelpText('after', '\nExample:\n  jumun orders cancel 019310a4-6f00-7000-8000-000000000001')
    .action(async (orderId: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const cancelled = await interruptible((call) => jumun.order.cancel.mutate({ orderId }, call))
      printResult(cancelled, options, orderPage)
    })

  withListOptions(orders.command('list').description("list a member's orders, newest first"))
    .argument('<memberId>')
    .addHelpText('after', '\nExample:\n  jumun orders list mina --all --json')
    .action(async (memberId: string, list: ListOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const found = await readPages(list, (options) => jumun.orders({ memberId }, options))
      printResult(found, options, orderTable)
    })
}

function orderPage(order: Order): string {
  return `${orderTable([order])}\n${itemTable(order)}`
}

function orderTable(orders: Order[]): string {
  return renderTable(orders, {
    ORDER: 'id',
    MEMBER: 'memberId',
    STATUS: 'status',
    ITEMS: ({ items }) => items.length,
    TOTAL: 'total',
    CREATED: 'createdAt',
    PAID: 'paidAt',
    CANCELLED: 'cancelledAt',
  })
}

function itemTable({ items }: Order): string {
  return renderTable(items, {
    PRODUCT: 'productId',
    NAME: 'name',
    PRICE: 'unitPrice',
    QUANTITY: 'quantity',
    AMOUNT: 'amount',
  })
}
