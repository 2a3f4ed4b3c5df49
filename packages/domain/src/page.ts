import type { Page } from '@jumun/contract'
import { raw } from '@mikro-orm/postgresql'
import type { z } from 'zod'
import { badRequest } from './errors.ts'

/**
 * Decodes the key after which a page starts. Throws `BAD_REQUEST` for an invalid cursor.
 *
 * @param key the schema of a key of this list
 * @returns undefined for the first page
 */
export function readCursor<Key>(cursor: string | undefined, key: z.ZodType<Key>): Key | undefined {
  if (cursor === undefined) return undefined
  const parsed = key.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (!parsed.success) throw badRequest(['cursor'], 'is not a cursor of this list')
  return parsed.data
}

/**
 * A condition for a member's rows below an id. Its form makes PostgreSQL use the index on member and id: with a plain
 * equality and an order by id, it may scan the index on ids and skip the rows of all other members.
 * Sort by member and id, both descending.
 */
export function ofMemberBelow(memberId: string, id: string | number) {
  const belowId = raw((alias) => `(${alias}.member_id, ${alias}.id) < (?, ?)`, [memberId, id])
  return { memberId: { $gte: memberId }, [belowId]: [] }
}

/**
 * Makes a page of sorted rows.
 *
 * @param rows up to one more than the limit; the extra row shows that another page follows
 */
export function toPage<Row>(rows: Row[], limit: number, keyOf: (row: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? toCursor(keyOf(last)) : null }
}

/** Encodes the key after which a page starts. */
export function toCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
