import { POPULAR_MAX_DAYS } from '@jumun/contract/limits'
/** Which ranking is shown, as it stands in the URL. */
export interface PopularSearch {
  days?: number
  limit?: number
}

export const LIMITS = [5, 10, 20, 50, 100] as const
export const DEFAULT_LIMIT = 10

export function parsePopularSearch(raw: Record<string, unknown>): PopularSearch {
  const days = Number(raw['days'])
  const limit = Number(raw['limit'])
  return {
    ...(Number.isInteger(days) && days >= 1 && days <= POPULAR_MAX_DAYS && { days }),
    ...(LIMITS.some((known) => known === limit) && { limit }),
  }
}
