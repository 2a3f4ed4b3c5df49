import type { Order, OrderStatus, SearchOrdersInput } from '@jumun/client'
import { MAX_PRODUCT_ID, MEMBER_ID_PATTERN } from '@jumun/contract/limits'

/** The filters of the list of orders, as they stand in the URL. */
export interface OrderSearch {
  /** Statuses, separated by commas. */
  status?: string
  member?: string
  product?: number
  min?: number
  max?: number
  /** ISO 8601, UTC. */
  from?: string
  to?: string
  text?: string
}

/** Sets some filters, and removes those that are undefined. */
export type ChangeSearch = (change: { [Name in keyof OrderSearch]?: OrderSearch[Name] | undefined }) => void

export type OrderFilter = Omit<SearchOrdersInput, 'cursor' | 'limit'>

export const ORDER_STATUSES: readonly OrderStatus[] = ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED']

/** Takes of a URL what is a filter; a link that was cut or written by hand still shows orders. */
export function parseOrderSearch(raw: Record<string, unknown>): OrderSearch {
  const statuses = statusesIn(raw['status'])
  const found = {
    status: statuses.length > 0 ? statuses.join(',') : undefined,
    member: idIn(raw['member']),
    product: integerIn(raw['product'], 1, MAX_PRODUCT_ID),
    min: integerIn(raw['min'], 0, Number.MAX_SAFE_INTEGER),
    max: integerIn(raw['max'], 0, Number.MAX_SAFE_INTEGER),
    from: timeIn(raw['from']),
    to: timeIn(raw['to']),
    text: idIn(raw['text']),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function statusesIn(value: unknown): OrderStatus[] {
  const words = String(value ?? '').split(',')
  return ORDER_STATUSES.filter((status) => words.includes(status))
}

function idIn(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && MEMBER_ID_PATTERN.test(text) ? text : undefined
}

function integerIn(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max ? number : undefined
}

function timeIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const time = Date.parse(value)
  // The API takes years of four digits.
  return time >= 0 && time < Date.UTC(9999, 0) ? new Date(time).toISOString() : undefined
}

/** The filters as the API takes them. */
export function toOrderFilter({ status, member, product, min, max, from, to, text }: OrderSearch): OrderFilter {
  return {
    status: status === undefined ? undefined : statusesIn(status),
    memberId: member,
    productId: product,
    minTotal: min,
    maxTotal: max,
    from,
    to,
    text,
  }
}

/** Whether an order that was just placed belongs into the list. */
export function matchesFilter(order: Order, filter: OrderFilter): boolean {
  const {
    status,
    memberId,
    productId,
    minTotal = 0,
    maxTotal = Number.POSITIVE_INFINITY,
    from = '',
    to = '~',
    text,
  } = filter
  return (
    (status === undefined || status.includes(order.status)) &&
    (memberId === undefined || order.memberId === memberId) &&
    (productId === undefined || order.items.some((item) => item.productId === productId)) &&
    order.total >= minTotal &&
    order.total <= maxTotal &&
    order.createdAt >= from &&
    order.createdAt < to &&
    (text === undefined || order.id.startsWith(text.toLowerCase()) || order.memberId.startsWith(text))
  )
}
