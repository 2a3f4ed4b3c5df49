import { createHash } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { CompiledQuery, type Kysely } from 'kysely'
import type { ClientBase, Pool } from 'pg'

/**
 * Runs a statement with bound values (`$1`, `$2`…) in the transaction of `em`. PostgreSQL parses and plans it once a
 * connection, while those of the mapper, whose values are inlined, are new to it each time.
 */
export async function runStatement<Row>(em: EntityManager, text: string, values: unknown[]): Promise<Row[]> {
  const transaction = em.getTransactionContext<Kysely<unknown>>()
  if (!transaction) throw new Error('Statements run inside a transaction only.')
  const { rows } = await transaction.executeQuery<Row>(CompiledQuery.raw(text, values))
  return rows
}

/** Has every statement with bound values prepared under a name of its own, which the query builder does not give it. */
export function prepareStatements(pool: Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client)
    client.query = ((text: unknown, values: unknown, ...others: unknown[]) =>
      typeof text === 'string' && Array.isArray(values) && values.length > 0
        ? Reflect.apply(query, client, [{ name: nameOf(text), text, values }, ...others])
        : Reflect.apply(query, client, [text, values, ...others])) as ClientBase['query']
  })
}

/** There are as many statements as the code has; a name has at most 63 bytes. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url')
    names.set(text, name)
  }
  return name
}
