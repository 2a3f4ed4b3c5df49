import type { Page } from '@jumun/contract'
import { raw } from '@mikro-orm/postgresql'
import type { z } from 'zod'
import { badRequest } from './errors.ts'

/**
 * The key after which a page starts. Throws `BAD_REQUEST` for a cursor that is not one of ours.
 *
 * @param key what a key of this list must look like
 * @returns undefined for the first page
 */
export function readCursor<Key>(cursor: string | undefined, key: z.ZodType<Key>): Key | undefined {
  if (cursor === undefined) return undefined
  const parsed = key.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (!parsed.success) throw badRequest(['cursor'], 'is not a cursor of this list')
  return parsed.data
}

/**
 * The rows of a member with an id below another, as a condition that asks for the index of member and id by its form. Asked
 * for equal members in the order of ids, PostgreSQL may take the index of ids instead and read past everybody else's rows.
 * Order by member and id, both descending.
 */
export function ofMemberBelow(memberId: string, id: string | number) {
  const belowId = raw((alias) => `(${alias}.member_id, ${alias}.id) < (?, ?)`, [memberId, id])
  return { memberId: { $gte: memberId }, [belowId]: [] }
}

/**
 * A page of rows that were read in the order of their keys.
 *
 * @param rows one more than the limit, if there are as many: it shows that another page follows
 */
export function toPage<Row>(rows: Row[], limit: number, keyOf: (row: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : null }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
