import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Nothing that a log, a page or a shell could take for more than text. */
const SAFE_ID = /^[\w.:@+/=-]{1,128}$/

/** The id that a caller or a proxy gave a request in `x-request-id`, or a new one where that is none. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && SAFE_ID.test(given) ? given : randomUUIDv7()
}
