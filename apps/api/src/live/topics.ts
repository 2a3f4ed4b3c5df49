import type { Change } from '@jumun/contract'
import { forbidden, mayActFor, requireCaller } from '../auth/access.ts'
import type { Caller } from '../auth/tokens.ts'
import { actorsShownTo, type ShownActors } from './shown-actor.ts'

/** Which changes a reader gets, and what it sees of them. Readers with the same key get the same changes. */
export interface Filter {
  readonly key: string
  readonly shownActors: ShownActors
  matches(topics: string[]): boolean
}

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
 * The filter of a caller who asks for these topics, or, without topics, for everything that the caller may follow. Throws
 * `UNAUTHENTICATED` for a topic that needs a token, and `FORBIDDEN` for a topic that the caller may not follow.
 */
export function filterFor(caller: Caller | undefined, topics: string[] | undefined): Filter {
  const shownActors = actorsShownTo(caller)
  if (!topics) {
    if (caller?.role === 'admin') return { key: '*', shownActors, matches: () => true }
    return { shownActors, ...only(caller ? ['products', `member:${caller.memberId}`] : ['products']) }
  }
  for (const topic of topics) requireTopic(caller, topic)
  return { shownActors, ...only(topics) }
}

function requireTopic(caller: Caller | undefined, topic: string): void {
  if (topic === 'products' || topic.startsWith('product:')) return
  const known = requireCaller(caller)
  const [, memberId] = /^member:(.*)$/.exec(topic) ?? []
  const allowed = memberId === undefined ? known.role === 'admin' : mayActFor(known, memberId)
  if (!allowed) throw forbidden()
}

function only(topics: string[]): Pick<Filter, 'key' | 'matches'> {
  const wanted = new Set(topics)
  return { key: [...wanted].sort().join(), matches: (topics) => topics.some((topic) => wanted.has(topic)) }
}
