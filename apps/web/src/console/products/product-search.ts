import type { SearchProductsInput } from '@jumun/client'
import { MAX_STOCK, SEARCH_MAX_LENGTH } from '@jumun/contract/limits'

/** The filters of the grid, as they stand in the URL. */
export interface ProductSearch {
  /** Part of the name. */
  search?: string
  /** The largest stock: what runs low. */
  maxStock?: number
  removed?: 'include' | 'only'
}

export type ProductFilter = Pick<SearchProductsInput, 'search' | 'maxStock' | 'removed'>

/** Takes of a URL what is a filter; a link that was cut or written by hand still shows products. */
export function parseProductSearch(raw: Record<string, unknown>): ProductSearch {
  const { removed } = raw
  // The router reads a search for `2026` as a number.
  const search = ['string', 'number'].includes(typeof raw['search'])
    ? String(raw['search']).slice(0, SEARCH_MAX_LENGTH)
    : ''
  const maxStock = raw['maxStock'] === '' || raw['maxStock'] === undefined ? Number.NaN : Number(raw['maxStock'])
  return {
    ...(search.trim() !== '' && { search }),
    ...(Number.isInteger(maxStock) && maxStock >= 0 && maxStock <= MAX_STOCK && { maxStock }),
    ...((removed === 'include' || removed === 'only') && { removed }),
  }
}
