import { createHash } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { CompiledQuery, type Kysely } from 'kysely'
import { inStatementSpan } from '../tracing/statement-span.ts'
import { SessionClient } from './session-client.ts'

/**
 * Runs a statement with bound values (`$1`, `$2`…) in the transaction of `em`. PostgreSQL parses and plans it once a
 * connection, while the mapper's own statements have inlined values and are parsed and planned each time.
 */
export async function runStatement<Row>(em: EntityManager, text: string, values: unknown[]): Promise<Row[]> {
  const { rows } = await sendStatement<Row>(em, text, values)
  return rows
}

/**
 * Sends a statement in the transaction of `em`, behind those sent before. Resolves when it has been sent, so that the next one can follow
 * without a round trip.
 *
 * @returns its rows, yet to come; handle their failure
 */
export async function sendStatement<Row>(
  em: EntityManager,
  text: string,
  values: unknown[],
): Promise<{ rows: Promise<Row[]> }> {
  const transaction = em.getTransactionContext<Kysely<unknown>>()
  if (!transaction) throw new Error('Statements run inside a transaction only.')
  return transaction.getExecutor().provideConnection(async (connection) => {
    const result = connection.executeQuery<Row>(CompiledQuery.raw(text, values))
    return { rows: result.then(({ rows }) => rows) }
  })
}

/** A prepared statement is missing, or exists already: a pooler gave the client another session. */
export const PREPARED_STATEMENT_LOST = ['26000', '42P05']

/**
 * A client that prepares every statement with bound values under a name, because the query builder passes none. Behind a
 * pooler that knows no prepared statements, the first failure makes all clients of the database go without names.
 */
export class PreparingClient extends SessionClient {
  override query(text: unknown, ...args: unknown[]): never {
    // A call with a callback returns no promise that a span could wait for.
    if (typeof args.at(-1) === 'function') return super.query(text, ...args)
    return inStatementSpan(text, () => super.query(text, ...args))
  }

  protected override send(text: unknown, values?: unknown, ...others: unknown[]): unknown {
    const prepare = typeof text === 'string' && Array.isArray(values) && values.length > 0
    const { servers } = this
    if (!prepare || servers?.prepares === false) return super.send(text, values, ...others)
    const result = super.send({ name: nameOf(text), text, values }, ...others)
    Promise.resolve(result).catch((error: { code?: string }) => {
      if (servers && PREPARED_STATEMENT_LOST.includes(error.code ?? '')) servers.prepares = false
    })
    return result
  }
}

/** The names of statements by their texts. It does not grow without bound, because the statements are constants in the code. */
const names = new Map<string, string>()

/** A statement's name has at most 63 bytes, so the text is hashed. */
function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url')
    names.set(text, name)
  }
  return name
}
