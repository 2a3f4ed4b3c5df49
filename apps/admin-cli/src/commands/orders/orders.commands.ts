import type { Order, OrderTimeline } from '@jumun/client'
import { REASON_MAX_LENGTH } from '@jumun/contract/limits'
import type { Command } from 'commander'
import { withYesOption } from '../../options/bulk-options.ts'
import { callAction } from '../../options/call-action.ts'
import { confirm } from '../../terminal/confirm.ts'
import { interruptible } from '../../terminal/interrupt.ts'
import { renderTable } from '../../terminal/table.ts'
import { addListCommand } from './list.command.ts'
import { timelineTables } from './timeline-tables.ts'

interface CancelOptions {
  yes?: boolean
  reason?: string
  key?: string
}

/** Adds `jumun orders …`. */
export function addOrderCommands(program: Command): void {
  const orders = program.command('orders').description('show, list and cancel orders')

  orders
    .command('show')
    .description('show an order with its items')
    .argument('<orderId>')
    .option('--timeline', 'what happened to it, its events, and what the data platform has (admins only)')
    .addHelpText('after', '\nExample:\n  jumun orders show 019310a4-6f00-7000-8000-000000000001 --timeline')
    .action(
      callAction(shownPage, (jumun, { timeline }: { timeline?: boolean }, orderId: string) =>
        timeline ? jumun.admin.orderTimeline.query({ orderId }) : jumun.order.byId.query({ orderId }),
      ),
    )

  withYesOption(orders.command('cancel'))
    .description('cancel an order; returns its stock and, if it was paid, its points')
    .argument('<orderId>')
    .option('--reason <text>', `why, up to ${REASON_MAX_LENGTH} characters; the member sees it`)
    .option('--key <key>', 'idempotency key: calls with the same key cancel once')
    .addHelpText('after', '\nExample:\n  jumun orders cancel 019310a4-6f00-7000-8000-000000000001')
    .action(
      callAction(orderPage, async (jumun, { reason, key, ...options }: CancelOptions, orderId: string) => {
        await confirm(async () => cancelQuestion(await jumun.order.byId.query({ orderId })), options)
        return interruptible((call) => jumun.order.cancel.mutate({ orderId, reason, idempotencyKey: key }, call))
      }),
    )

  addListCommand(orders, orderTable)
}

function cancelQuestion({ id, memberId, status, total }: Order): string {
  const refund = status === 'PAID' ? `, and return ${total} points` : ''
  return `Cancel order ${id} of ${memberId}${refund}?`
}

function shownPage(shown: Order | OrderTimeline): string {
  return 'steps' in shown ? `${orderPage(shown.order)}\n${timelineTables(shown)}` : orderPage(shown)
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
