import type { Operation } from '@trpc/client'
import type { JumunInputs } from '../client.ts'

/** Names like `order.place` of the procedures that take an idempotency key. */
type KeyedProcedure = {
  [Group in keyof JumunInputs & string]: {
    [Name in keyof JumunInputs[Group] & string]: 'idempotencyKey' extends Named<keyof JumunInputs[Group][Name]>
      ? `${Group}.${Name}`
      : never
  }[keyof JumunInputs[Group] & string]
}[keyof JumunInputs & string]

type ProcedureName = {
  [Group in keyof JumunInputs & string]: `${Group}.${keyof JumunInputs[Group] & string}`
}[keyof JumunInputs & string]

/** An input without fields has any name as a key, with `never` behind it. */
type Named<Key> = string extends Key ? never : Key

/** A record, so that the compiler misses any procedure that takes a key and is not here. */
const KEYED: Record<KeyedProcedure, true> = {
  'point.charge': true,
  'point.use': true,
  'order.place': true,
  'payment.pay': true,
  'cart.checkout': true,
}

/** What comes to the same when it is done twice. */
const IDEMPOTENT: ProcedureName[] = ['order.cancel', 'cart.setItem', 'cart.removeItem', 'cart.clear', 'admin.reconcile']

const KEY_BYTES = 16

/** An operation and the idempotency key that it has, if any. */
export interface KeyedOperation {
  op: Operation
  idempotencyKey: string | undefined
}

/** Gives a call that moves points a key of its own, unless its caller gave one. */
export function withIdempotencyKey(op: Operation): KeyedOperation {
  if (!Object.hasOwn(KEYED, op.path)) return { op, idempotencyKey: undefined }
  const input = op.input as { idempotencyKey?: string } | undefined
  const idempotencyKey = input?.idempotencyKey ?? randomKey()
  return { op: { ...op, input: { ...input, idempotencyKey } }, idempotencyKey }
}

/** Whether a call may have its effect twice without harm. */
export function isRepeatable({ op, idempotencyKey }: KeyedOperation): boolean {
  if (op.type === 'query' || idempotencyKey !== undefined) return true
  return IDEMPOTENT.some((name) => name === op.path) || (op.path === 'product.create' && everyItemHasKey(op.input))
}

/** A product whose key is there already is not made again. */
function everyItemHasKey(input: unknown): boolean {
  const items = (input as Partial<JumunInputs['product']['create']> | undefined)?.items
  return Array.isArray(items) && items.every((item) => item?.key !== undefined)
}

/** Not `randomUUID`, which browsers offer to pages from https only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
