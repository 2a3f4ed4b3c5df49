import type { CreatedProducts, NewProduct } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'

/**
 * Ids follow the order of the items. Rows are written in the order of their keys, so that concurrent calls with the same keys
 * cannot deadlock. A key that exists already takes no id from the sequence.
 */
const insertProducts = `
  with item as materialized (
    select number, name, price, stock, key
    from rows from (json_to_recordset(?::json) as (name text, price int, stock bigint, key text))
      with ordinality as item (name, price, stock, key, number)
  ), fresh as materialized (
    select number, nextval('product_id_seq')::int as id, name, price, stock, key
    from (
      select * from item
      where key is null or number in (
        select min(number) from item where key is not null and not exists (select from product where product.key = item.key) group by key
      )
      order by number
    ) one_of_each
  ), added as (
    insert into product (id, name, price, key)
    select id, name, price, key from fresh order by key, id
    on conflict (key) where key is not null do nothing
    returning id
  ), stocked as (
    insert into product_stock (product_id, quantity, received)
    select id, stock, stock from added join fresh using (id)
  )
  select number::int, id from added join fresh using (id)`

/**
 * Creates products, all or none. An item whose key exists already creates no product and changes nothing, also when that
 * product was removed, is being created by another transaction, or comes earlier in the same call.
 *
 * @returns the ids in the order of the items, and, if any item has a key, how many items created no product
 */
export async function createProducts(
  em: EntityManager,
  items: NewProduct[],
  actor: string | null = null,
): Promise<CreatedProducts> {
  return inTransaction(em, async (em) => {
    const added = await em.execute<{ number: number; id: number }[]>(insertProducts, [JSON.stringify(items)])
    const ids = new Map(added.map(({ number, id }) => [number - 1, id]))
    await writeCreated(em, { items, ids, actor })
    const keys = items.flatMap(({ key }) => key ?? [])
    if (keys.length === 0) return { ids: items.map((_item, index) => ids.get(index) as number) }
    const known = ids.size === items.length ? new Map<string, number>() : await findKeys(em, keys)
    return {
      ids: items.map(({ key = '' }, index) => (ids.get(index) ?? known.get(key)) as number),
      existing: items.length - ids.size,
    }
  })
}

async function writeCreated(
  em: EntityManager,
  { items, ids, actor }: { items: NewProduct[]; ids: Map<number, number>; actor: string | null },
): Promise<void> {
  const created = items.flatMap(({ name, price, stock, key = null }, index): NewChange[] => {
    const id = ids.get(index)
    if (id === undefined) return []
    return [{ type: 'product.created', actor, data: { product: { id, name, price, stock, key } } }]
  })
  if (created.length > 0) await writeChanges(em, await transactionTime(em), created)
}

/** A separate statement, which sees what other transactions committed while the insert waited for their keys. */
async function findKeys(em: EntityManager, keys: string[]): Promise<Map<string, number>> {
  const rows = await em.execute<{ key: string; id: number }[]>(
    'select key, id from product where key in (select json_array_elements_text(?::json))',
    [JSON.stringify(keys)],
  )
  return new Map(rows.map(({ key, id }) => [key, id]))
}
