import type { JumunClient, Order, OrderStatus } from '@jumun/client'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { callAction } from '../../options/call-action.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { wholeNumber } from '../../options/value-parsers.ts'

const STATUSES: OrderStatus[] = ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED']

const help = `
Without a member, or with a filter, it needs an admin's token. Times are ISO 8601: 2026-01-15, or 2026-01-15T03:00:00Z; a date is its first instant in UTC.

Examples:
  jumun orders list mina --all --json
  jumun orders list --status PAID --from 2026-01-15 --product 3 --json
  jumun orders list --text 0193a7`

interface Filters {
  status?: OrderStatus[]
  product?: number
  minTotal?: number
  maxTotal?: number
  from?: string
  to?: string
  text?: string
}

/** Adds `jumun orders list`. */
export function addListCommand(orders: Command, orderTable: (orders: Order[]) => string): void {
  const status = new Option('--status <status>', `${STATUSES.join(', ')}; may be repeated`)
  withListOptions(orders.command('list').description('list orders of a member, or of all that match, newest first'))
    .argument('[memberId]')
    .addOption(status.argParser(addStatus))
    .option('--product <id>', 'orders that contain this product', wholeNumber({ min: 1 }))
    .option('--min-total <amount>', 'the smallest total, in whole KRW', wholeNumber({ min: 0 }))
    .option('--max-total <amount>', 'the largest total, in whole KRW', wholeNumber({ min: 0 }))
    .option('--from <time>', 'placed at this time or later', isoTime)
    .option('--to <time>', 'placed before this time', isoTime)
    .option('--text <text>', 'what the order id (4 characters or more) or the member id begins with')
    .addHelpText('after', help)
    .action(
      callAction(orderTable, (jumun, { limit, all, ...filters }: ListOptions & Filters, memberId?: string) =>
        readPages({ limit, ...(all && { all }) }, (options) => list(jumun, { memberId, filters, options })),
      ),
    )
}

/** A member's own list also takes a member's token. */
function list(
  jumun: JumunClient,
  { memberId, filters, options }: { memberId: string | undefined; filters: Filters; options: { pageSize: number } },
): AsyncIterable<Order> {
  if (memberId !== undefined && Object.keys(filters).length === 0) return jumun.orders({ memberId }, options)
  const { product: productId, ...others } = filters
  return jumun.searchOrders({ memberId, productId, ...others }, options)
}

function addStatus(text: string, others: OrderStatus[] = []): OrderStatus[] {
  const status = STATUSES.find((one) => one === text.toUpperCase())
  if (status === undefined) throw new InvalidArgumentError(`It must be one of ${STATUSES.join(', ')}.`)
  return [...new Set([...others, status])]
}

function isoTime(text: string): string {
  const time = /^\d{4}-\d\d-\d\d(?:T.+Z)?$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It must be a time in UTC such as 2026-01-15 or 2026-01-15T03:00:00Z.')
  return time.toISOString()
}
