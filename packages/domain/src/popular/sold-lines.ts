/** Text of an SQL expression. */
export type Sql = string

/** A day of a window is always 24 hours, also when clocks change. */
export const DAY_MS = 86_400_000

/** A time as an SQL literal in UTC, whatever the session's time zone. `Infinity` is later than every time. */
export function moment(ms: number): Sql {
  return `timestamptz '${ms === Number.POSITIVE_INFINITY ? 'infinity' : new Date(ms).toISOString()}'`
}

/** Orders paid in `[from, end)` that had not been cancelled before `settled`. */
export function paidOrders({ from, end, settled }: { from: Sql; end: Sql; settled: Sql }): Sql {
  return `select id, paid_at from "order"
    where paid_at >= ${from} and paid_at < ${end} and (cancelled_at is null or cancelled_at >= ${settled})`
}

/** Orders paid in `[from, end)` that were cancelled in `[since, until)`. */
export function cancelledOrders(bounds: { from: Sql; end: Sql; since: Sql; until: Sql }): Sql {
  const { from, end, since, until } = bounds
  return `select id, paid_at from "order"
    where cancelled_at >= ${since} and cancelled_at < ${until} and paid_at >= ${from} and paid_at < ${end}`
}

/**
 * The lines (`product_id`, `quantity`) of orders `o`, for a FROM clause. `offset 0` is an optimisation fence: it forces one
 * primary-key look-up for each order, where a wrong row estimate could make the planner scan all lines.
 */
export function linesOf(orders: Sql): Sql {
  return `(${orders}) o cross join lateral
    (select product_id, quantity from order_line where order_id = o.id offset 0) l`
}
