import { type ListMembersInput, memberId as memberIdValue, type Page, type PointBalance } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { readCursor, toPage } from '../page.ts'

/** Above every character of a member id. */
const ABOVE = '\x7f'

/** A page of the members who were ever charged, with their points, by id; `prefix` is what their ids begin with. */
export async function listMembers(em: EntityManager, input: ListMembersInput): Promise<Page<PointBalance>> {
  const { prefix = '', limit } = input
  const after = readCursor(input.cursor, memberIdValue) ?? ''
  const rows = await em.execute<PointBalance[]>(
    // In the collation of its index. In others, ids with the same beginning need not be neighbours.
    `select member_id as "memberId", balance::float8 as balance from point_account
      where member_id collate "C" > ? and member_id collate "C" >= ? and member_id collate "C" < ?
      order by member_id collate "C" limit ?`,
    [after, prefix, `${prefix}${ABOVE}`, limit + 1],
  )
  return toPage(rows, limit, ({ memberId }) => memberId)
}

/** The ids of the members who were ever charged and whose ids begin with `prefix`, up to `limit`. */
export async function findMembers(
  em: EntityManager,
  { prefix, limit }: { prefix: string; limit: number },
): Promise<string[]> {
  const { items } = await listMembers(em, { prefix, limit })
  return items.map(({ memberId }) => memberId)
}
