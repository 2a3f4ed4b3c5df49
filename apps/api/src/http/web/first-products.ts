import { setTimeout as sleep } from 'node:timers/promises'
import { contract } from '@jumun/contract'
import { listProducts, readPopular, singleFlight } from '@jumun/domain'
import type { Services } from '../../services.ts'

/** The longest wait for the database: after that the page is sent without data, and asks for it itself. */
const READ_LIMIT_MS = 1_000

const input = {
  products: contract.product.list.input.parse({}),
  popular: contract.popular.products.input.parse({}),
}

/**
 * Reads what the shop's first page shows, by procedure. Loading a page is not counted in the rate limit, so concurrent loads share one
 * read. Without a database the page has no data, and asks for it itself.
 */
export function firstProducts(services: Services): () => Promise<Record<string, unknown>> {
  const read = singleFlight(async () => {
    const [products, popular] = await Promise.all([
      listProducts(services.reads, input.products),
      readPopular(services.reads, services.popular, input.popular),
    ])
    return { 'product.list': products, 'popular.products': popular }
  })
  return () => Promise.race([read().catch(() => ({})), sleep(READ_LIMIT_MS, {}, { ref: false })])
}
