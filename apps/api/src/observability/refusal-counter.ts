import type { RefusalLimit } from '@jumun/domain'
import { Counter, type Registry } from 'prom-client'
import { limitOf } from '../errors/error-handler.ts'

const LIMITS: RefusalLimit[] = ['rate', 'concurrency', 'queue', 'database', 'streams', 'body']

/** Returns a function that counts an error by the limit that caused it. An error that is passed several times counts once. */
export function refusalCounter(registers: Registry[]): (error: unknown) => void {
  const refusals = new Counter({
    name: 'jumun_refusals_total',
    help: 'Calls and requests refused because of a limit, by limit',
    labelNames: ['limit'],
    registers,
  })
  for (const limit of LIMITS) refusals.inc({ limit }, 0)
  const counted = new WeakSet<object>()
  return (error) => {
    const limit = limitOf(error)
    if (limit === undefined || counted.has(error as object)) return
    counted.add(error as object)
    refusals.inc({ limit })
  }
}
