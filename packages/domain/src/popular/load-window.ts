import { setImmediate } from 'node:timers/promises'
import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from '../database/to-ms.ts'
import { LEADERS, Ranking, rememberLeaders } from './ranking.ts'
import type { SalesWindow } from './sales-window.ts'
import { linesOf, moment, paidOrders } from './sold-lines.ts'

/** Few enough that parsing a row blocks the event loop for less than a millisecond. */
const PRODUCTS_A_ROW = 1_000

interface Row extends Omit<SalesWindow, 'sold' | 'slid'> {
  to: number
  /** Some of the products with their quantities; null if there are none at all. */
  sold: [productId: number, quantity: number][] | null
}

/**
 * Counts a window from the whole hours of the rollup, and from the orders of the partial hours at its edges. It ends at the
 * watermark, or at `at` if that is earlier.
 *
 * @param at requested end of the window, in milliseconds since 1970; default: now, by the database's clock
 * @returns the window, and the requested end `to`, to which it can be slid
 */
export async function loadWindow(
  em: EntityManager,
  { days, at }: { days: number; at?: number | undefined },
): Promise<{ window: SalesWindow; to: number }> {
  const rows = await em.execute<[Row, ...Row[]]>(
    `with wanted as (
      select ${at === undefined ? `date_trunc('milliseconds', now())` : moment(at)} as upto, watermark, generation
      from popular_state
    ), bounds as (
      select upto, upto - interval '${days * 24} hours' as "from", watermark, generation,
        greatest(upto - interval '${days * 24} hours', least(upto, watermark)) as "end"
      from wanted
    ), hours as (
      select date_trunc('hour', "from" + interval '1 hour' - interval '1 microsecond', 'UTC') as first,
        case when "end" < watermark then date_trunc('hour', "end", 'UTC') else "end" end as last
      from bounds
    ), counted as (
      select product_id, sold from popular_hour, hours where hour >= first and hour < last
      union all
      select product_id, quantity from bounds, hours, lateral ${linesOf(`
        ${paidOrders({ from: '"from"', end: 'least(first, "end")', settled: 'watermark' })}
        union all
        ${paidOrders({ from: 'greatest(first, last)', end: '"end"', settled: 'watermark' })}`)}
    )
    select ${toMs('"from"')} as from, ${toMs('"end"')} as end, ${toMs('watermark')} as settled, generation,
      ${toMs('upto')} as to, parts.sold
    from bounds left join (
      select json_agg(json_build_array(product_id, total)) as sold from (
        select product_id, total, row_number() over () / ${PRODUCTS_A_ROW} as part
        from (select product_id, sum(sold) as total from counted group by 1) t where total <> 0
      ) numbered group by part
    ) parts on true`,
  )
  const sold = new Map<number, number>()
  const ranking = new Ranking(LEADERS)
  for (const row of rows) {
    for (const [productId, quantity] of row.sold ?? []) {
      sold.set(productId, quantity)
      ranking.add(productId, quantity)
    }
    await setImmediate()
  }
  rememberLeaders(sold, ranking)
  const [{ to, sold: _, ...bounds }] = rows
  return { to, window: { ...bounds, sold, slid: new Map() } }
}
