import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from '../database/to-ms.ts'
import type { LockedRollup } from './lock-rollup.ts'
import { cancelledOrders, linesOf, moment, paidOrders } from './sold-lines.ts'

const HOUR_MS = 3_600_000

/** The most hours to roll up in one statement, so that a long history needs no long statement. */
const MAX_HOURS = 24

/**
 * Advances the watermark of a locked rollup. Orders paid since the old watermark are added to their hour, and orders
 * cancelled since then are subtracted from the hour in which they were paid. So each hour always counts exactly the orders
 * that were paid before the watermark and not cancelled before it.
 *
 * @returns the new watermark
 */
export async function rollUp(
  em: EntityManager,
  { watermark, safe }: Pick<LockedRollup, 'watermark' | 'safe'>,
  maxHours = MAX_HOURS,
): Promise<number> {
  const target = safe - watermark <= maxHours * HOUR_MS ? safe : await nextStop(em, watermark, safe, maxHours)
  if (target <= watermark) return watermark
  const [from, end] = [moment(watermark), moment(target)]
  const paid = paidOrders({ from, end, settled: end })
  const cancelled = cancelledOrders({ from: `timestamptz '-infinity'`, end: from, since: from, until: end })
  await em.execute(
    // Materialized, because Citus rewrites a grouping in an upsert wrongly.
    `with change as materialized (
        select date_trunc('hour', paid_at, 'UTC') as hour, product_id, sum(sign * quantity) as sold
        from ${linesOf(`select *, 1 as sign from (${paid}) p union all select *, -1 from (${cancelled}) c`)}
        group by 1, 2
      )
      insert into popular_hour (hour, product_id, sold)
      select hour, product_id, sold from change where true
      on conflict (hour, product_id) do update set sold = popular_hour.sold + excluded.sold`,
  )
  await em.execute(`update popular_state set watermark = ${end}`)
  return target
}

/** The end of the next step; it skips a time without orders at once. */
async function nextStop(em: EntityManager, watermark: number, safe: number, maxHours: number): Promise<number> {
  const [row] = await em.execute<[{ first: number | null }]>(
    `select ${toMs('min(paid_at)')} as first from "order" where paid_at >= ${moment(watermark)}`,
  )
  const start = Math.max(watermark, row.first ?? safe)
  return Math.min(safe, start + maxHours * HOUR_MS)
}
