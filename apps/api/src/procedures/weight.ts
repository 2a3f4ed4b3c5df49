import { isQuery, order, type Procedure } from '@jumun/contract'
import type { Allowance } from '../http/rate-limit.ts'

/** How much one call carries; a call that carries n times as much counts as n calls. See docs/decisions/0010-calls-cost-what-they-carry.md. */
export const BYTES_A_CALL = 4 * 1_024
const WRITTEN_LINES_A_CALL = 10
const READ_LINES_A_CALL = 50
/** What a refused call on an order or a cart costs beyond the call: it has read an unknown number of lines. */
const REFUSED_COST = 4

/** What the body of a request costs beyond its call. */
export function costOfBytes(bytes: number): number {
  return beyondOne(bytes / BYTES_A_CALL)
}

/**
 * Runs a call, and charges what its lines cost beyond the call: before the call where the input has the lines, otherwise when they
 * are known.
 */
export async function weighLines<Result extends { ok: boolean }>(
  procedure: Procedure,
  { allowance, input, run }: { allowance: Allowance; input: unknown; run: () => Promise<Result> },
): Promise<Result> {
  const changesOrder = procedure.output === order && !isQuery(procedure)
  const { items } = input as { items?: unknown[] }
  if (changesOrder && items) {
    allowance.charge(beyondOne(items.length / WRITTEN_LINES_A_CALL))
    return run()
  }
  const result = await run()
  if ('data' in result) {
    const lines = linesOf(result.data)
    allowance.charge(beyondOne(lines / (changesOrder ? WRITTEN_LINES_A_CALL : READ_LINES_A_CALL)))
  } else if (changesOrder) allowance.charge(REFUSED_COST)
  return result
}

function beyondOne(calls: number): number {
  return Math.max(0, calls - 1)
}

/** Items of an answer, and the items in them: products, entries, orders with their lines. */
function linesOf(answer: unknown): number {
  const { items } = (answer ?? {}) as { items?: unknown[] }
  return Array.isArray(items) ? items.reduce<number>((sum, item) => sum + 1 + linesOf(item), 0) : 0
}
