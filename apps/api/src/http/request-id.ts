import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Only characters that have no meaning of their own in a log, a page or a shell. */
const SAFE_ID = /^[\w.:@+/=-]{1,128}$/

/** The id that a caller or a proxy gave a request in `x-request-id`, or a new one if there is none or it is not safe. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && SAFE_ID.test(given) ? given : randomUUIDv7()
}
