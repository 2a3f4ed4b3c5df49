import type { EntityManager } from '@mikro-orm/postgresql'

/** A part of a statement, with the values of its question marks. */
export interface Sql {
  text: string
  values: unknown[]
}

/** What was found: the ids of the matches, and the last id that was looked at; null if there are no further rows. */
export interface Found<Id> {
  ids: Id[]
  end: Id | null
}

/** Makes the condition that all of these hold. */
export function allOf(conditions: Sql[]): Sql {
  return {
    text: conditions.map(({ text }) => text).join(' and ') || 'true',
    values: conditions.flatMap(({ values }) => values),
  }
}

/**
 * Finds the first rows that match, and looks at a limited number of rows for it, so that a filter that no index serves costs a
 * limited time in a table of any size. It needs one snapshot for its two statements, so that `end` misses no row.
 *
 * @param rows a sorted select without a limit, by an index; its columns are those that `matching` may use, and `id`
 * @param sort the sort order of `rows`, for the outer statement
 * @param wanted how many matches suffice
 * @param look the most rows to look at
 */
export async function lookThrough<Id>(
  em: EntityManager,
  { rows, matching, sort, wanted, look }: { rows: Sql; matching: Sql; sort: string; wanted: number; look: number },
): Promise<Found<Id>> {
  const found = await em.execute<{ id: Id }[]>(
    `select id from (${rows.text} limit ?) looked_at where ${matching.text} order by ${sort} limit ?`,
    [...rows.values, look, ...matching.values, wanted],
  )
  const ids = found.map(({ id }) => id)
  if (ids.length === wanted) return { ids, end: ids.at(-1) ?? null }
  const [last] = await em.execute<{ id: Id }[]>(`select id from (${rows.text} offset ? limit 1) looked_at`, [
    ...rows.values,
    look - 1,
  ])
  return { ids, end: last?.id ?? null }
}
