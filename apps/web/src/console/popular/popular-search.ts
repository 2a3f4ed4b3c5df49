/** Which ranking is shown, as it stands in the URL. */
export interface PopularSearch {
  days?: number
  limit?: number
}

/** As the API has them. */
export const DAYS = { default: 3, max: 30 }
export const LIMITS = [5, 10, 20, 50, 100] as const
export const DEFAULT_LIMIT = 10

export function parsePopularSearch(raw: Record<string, unknown>): PopularSearch {
  const days = Number(raw['days'])
  const limit = Number(raw['limit'])
  return {
    ...(Number.isInteger(days) && days >= 1 && days <= DAYS.max && { days }),
    ...(LIMITS.some((known) => known === limit) && { limit }),
  }
}
