import type { NewProduct, OrderView } from '@jumun/contract'
import { addToCart, listOutbox } from '@jumun/domain'
import type { TestApi } from '@jumun/test-kit/api'
import type { Ids } from './example-input.ts'

/** Charges a new member, by default with 1,000,000 points. */
export function newMember({ shop }: TestApi, points?: number): Promise<string> {
  return shop.member(points)
}

/** Creates a product, by default with price 1,000 and stock 100. */
export function newProduct({ shop }: TestApi, product?: Partial<NewProduct>): Promise<number> {
  return shop.product(product)
}

/** Places an order for two units of a product. */
export async function newOrder(
  { shop }: TestApi,
  { memberId, productId, payment = 'now' }: { memberId: string; productId: number; payment?: 'now' | 'later' },
): Promise<OrderView> {
  return (await shop.place({ memberId, payment, items: [{ productId, quantity: 2 }] })).answer
}

/**
 * Creates what `exampleInput` refers to: a member with points and a cart, a product, an order with a pending
 * payment, and an event that waits for delivery, which all fixtures of an API share.
 */
export async function newFixture(api: TestApi): Promise<Ids> {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId, payment: 'later' })
  await addToCart(api.services.em, { memberId, productId, quantity: 1 })
  return { memberId, productId, orderId, eventId: await waitingEvent(api) }
}

const waitingEvents = new WeakMap<TestApi, Promise<string>>()

/** The id of an event that the empty platform never accepts. */
function waitingEvent(api: TestApi): Promise<string> {
  const known = waitingEvents.get(api) ?? addWaitingEvent(api)
  waitingEvents.set(api, known)
  return known
}

async function addWaitingEvent(api: TestApi): Promise<string> {
  const { id } = await newOrder(api, { memberId: await newMember(api), productId: await newProduct(api) })
  const { items } = await listOutbox(api.services.em, { state: 'waiting', orderId: id, limit: 1 })
  const [event] = items
  if (!event) throw new Error('A paid order has an event.')
  return event.id
}

/** By database, the statement that reads its state. */
const stateStatements = new WeakMap<object, string>()

/**
 * The state of the database, as one hash per table. Of the outbox it has only the ids of its jobs, because maintenance
 * changes the rest at any time. The tables of popular products, of delivery and of processes are left out, because they are written in the background.
 */
export async function databaseState({ services }: TestApi): Promise<Record<string, string>> {
  const { em } = services
  const statement = stateStatements.get(em) ?? (await hashTables(em))
  stateStatements.set(em, statement)
  const hashes = await em.execute<{ name: string; hash: string }[]>(statement)
  return Object.fromEntries(hashes.map(({ name, hash }) => [name, hash]))
}

/** One statement for all tables, because tests read the state before and after each call. A partitioned table counts as one. */
async function hashTables(em: TestApi['services']['em']): Promise<string> {
  const tables = await em.execute<{ name: string }[]>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname !~ '^(popular|feed_|undelivered_event|api_process)' order by 1`,
  )
  return tables
    .map(
      ({ name }) => `select '${name}' as name,
        count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from ${name} t`,
    )
    .join(' union all ')
}
