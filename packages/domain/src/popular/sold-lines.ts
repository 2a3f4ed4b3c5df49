/** Text of an SQL expression. */
export type Sql = string

/** A day of a window: always 24 hours, whatever time zone a session has and whenever its clocks change. */
export const DAY_MS = 86_400_000

/** A moment as an SQL literal that no session's time zone can bend. `Infinity` is later than every moment. */
export function moment(ms: number): Sql {
  return `timestamptz '${ms === Number.POSITIVE_INFINITY ? 'infinity' : new Date(ms).toISOString()}'`
}

/** An SQL moment in whole milliseconds since 1970, as JavaScript counts. */
export function toMs(expression: Sql): Sql {
  return `floor(extract(epoch from ${expression}) * 1000)::float8`
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
 * The lines (`product_id`, `quantity`) of orders `o`, to stand in a FROM clause. The fence makes it one look-up in the
 * primary key an order, however many orders the planner believes in: it must never read all lines there are.
 */
export function linesOf(orders: Sql): Sql {
  return `(${orders}) o cross join lateral
    (select product_id, quantity from order_line where order_id = o.id offset 0) l`
}
