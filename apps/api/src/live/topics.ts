import type { Change } from '@jumun/contract'
import { forbidden, mayActFor, requireCaller } from '../auth/access.ts'
import type { Caller } from '../auth/tokens.ts'

/** Which changes a reader gets. Readers with the same key get the same. */
export interface Filter {
  readonly key: string
  matches(topics: string[]): boolean
}

const ALL: Filter = { key: '*', matches: () => true }

/** The topics that a change belongs to. */
export function topicsOf(change: Change): string[] {
  switch (change.type) {
    case 'order.placed':
    case 'order.paid':
    case 'order.cancelled':
    case 'order.expired':
      return ['orders', `member:${change.data.order.memberId}`]
    case 'points.changed':
      return [`member:${change.data.memberId}`]
    case 'product.created':
    case 'product.updated':
      return ['products', `product:${change.data.product.id}`]
    case 'stock.changed':
    case 'product.removed':
      return ['products', `product:${change.data.productId}`]
    case 'delivery.dead':
    case 'delivery.replayed':
      return ['delivery']
  }
}

/**
 * The filter of a caller who asks for these topics; none: all that the caller may follow. Throws `UNAUTHENTICATED` without a token and
 * `FORBIDDEN` for a topic of others.
 */
export function filterFor(caller: Caller | undefined, topics: string[] | undefined): Filter {
  if (!topics) {
    if (caller?.role === 'admin') return ALL
    return filterOf(caller ? ['products', `member:${caller.memberId}`] : ['products'])
  }
  for (const topic of topics) requireTopic(caller, topic)
  return filterOf(topics)
}

function requireTopic(caller: Caller | undefined, topic: string): void {
  if (topic === 'products' || topic.startsWith('product:')) return
  const known = requireCaller(caller)
  const [, memberId] = /^member:(.*)$/.exec(topic) ?? []
  const allowed = memberId === undefined ? known.role === 'admin' : mayActFor(known, memberId)
  if (!allowed) throw forbidden()
}

function filterOf(topics: string[]): Filter {
  const wanted = new Set(topics)
  return { key: [...wanted].sort().join(), matches: (topics) => topics.some((topic) => wanted.has(topic)) }
}
