import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from '../database/to-ms.ts'
import { cancelledOrders, DAY_MS, linesOf, moment, paidOrders, type Sql } from './sold-lines.ts'

/**
 * Quantities in orders paid in `[from, end)`, without orders cancelled before `settled`. Once every transaction that began
 * before `end` and `settled` has ended, they can never change, so they can be cached. Times in milliseconds since 1970.
 */
export interface SalesWindow {
  from: number
  end: number
  settled: number
  /** The generation of the rollup from which it was loaded. */
  generation: number
  /** Quantity by product id when the window was loaded or last merged. Slides share it. */
  sold: ReadonlyMap<number, number>
  /** What to add to it: the sum of the slides since then. */
  slid: ReadonlyMap<number, number>
}

/** The slides are merged into the window when they have changed so many products, and this share of all products. */
const MERGE_FROM = 1_000
const MERGE_SHARE = 0.1

/** Where to slide a window to. */
interface Target {
  from: Sql
  end: Sql
  settled: Sql
}

/** The result of sliding a window: its new bounds, and what to add to the quantity of each product. */
export interface Slide {
  from: number
  end: number
  sold: ReadonlyMap<number, number>
}

type Quantities = [productId: number, quantity: number][]

/**
 * Reads the difference between a window and the sales of the `days` × 24 hours before `at`, or before now by the database's
 * clock, from the current orders. The cost depends on the changes since the window ended, not on its size. Check the result
 * with `canSlide`.
 */
export async function slideToNow(
  em: EntityManager,
  window: SalesWindow,
  { days, at }: { days: number; at: number | undefined },
): Promise<Slide> {
  const end = at === undefined ? `date_trunc('milliseconds', now())` : moment(at)
  // In hours, because a PostgreSQL day has 23 or 25 hours when the session's time zone changes its clocks.
  const from = `(${end} - interval '${days * 24} hours')`
  return readSlide(em, window, { from, end, settled: moment(Number.POSITIVE_INFINITY) })
}

/**
 * Slides a window to the watermark; undefined if it cannot be slid there. The cost depends on the changes, not on the window's size,
 * except that now and then they are merged.
 */
export async function slideToWatermark(
  em: EntityManager,
  window: SalesWindow,
  { days, watermark }: { days: number; watermark: number },
): Promise<SalesWindow | undefined> {
  const from = Math.max(window.from, watermark - days * DAY_MS)
  if (!canSlide(window, { from, end: watermark }) || watermark < window.settled) return undefined
  const bounds = { from: moment(from), end: moment(watermark), settled: moment(watermark) }
  const slide = await readSlide(em, window, bounds)
  const slid = sum(window.slid, slide.sold)
  const merge = slid.size > MERGE_FROM && slid.size > MERGE_SHARE * window.sold.size
  const quantities = merge ? { sold: sum(window.sold, slid), slid: new Map<number, number>() } : { slid }
  return { ...window, from, end: watermark, settled: watermark, ...quantities }
}

/** The sum of the quantities of each product, without products of which nothing is left. Copies the first map. */
export function sum(quantities: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): Map<number, number> {
  const sums = new Map(quantities)
  for (const [productId, quantity] of others) {
    const left = (sums.get(productId) ?? 0) + quantity
    if (left === 0) sums.delete(productId)
    else sums.set(productId, left)
  }
  return sums
}

/** Whether a window can be slid to these bounds: not backwards, and with an overlap. */
export function canSlide(window: SalesWindow, { from, end }: { from: number; end: number }): boolean {
  return window.from <= from && from <= window.end && window.end <= end
}

async function readSlide(em: EntityManager, window: SalesWindow, { from, end, settled }: Target): Promise<Slide> {
  const [oldFrom, oldEnd, oldSettled] = [window.from, window.end, window.settled].map(moment) as [Sql, Sql, Sql]
  const entered = paidOrders({ from: oldEnd, end, settled })
  const left = paidOrders({ from: oldFrom, end: from, settled: oldSettled })
  const cancelled = cancelledOrders({ from, end: oldEnd, since: oldSettled, until: settled })
  const [row] = await em.execute<[{ from: number; end: number; sold: Quantities }]>(
    `select ${toMs(from)} as from, ${toMs(end)} as end, (
      select coalesce(json_agg(json_build_array(product_id, sold)), '[]') from (
        select product_id, sum(sign * quantity) as sold
        from ${linesOf(`select id, 1 as sign from (${entered}) e
          union all select id, -1 from (${left}) l union all select id, -1 from (${cancelled}) c`)}
        group by 1
      ) changed
    ) as sold`,
  )
  return { from: row.from, end: row.end, sold: new Map(row.sold) }
}
