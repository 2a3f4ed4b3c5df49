import type { Operation } from '@trpc/client'
import { isRepeatableWithItemKeys, isRepeatable as repeatable, takesIdempotencyKey } from '../retries.gen.ts'
import type { CreateProductsInput } from '../types.gen.ts'

const KEY_BYTES = 16

/** An operation with its idempotency key, if its procedure takes one. */
export interface KeyedOperation {
  op: Operation
  idempotencyKey: string | undefined
}

/** Adds a random idempotency key to an operation whose procedure takes one, unless its input already has one. */
export function withIdempotencyKey(op: Operation): KeyedOperation {
  if (!takesIdempotencyKey.has(op.path)) return { op, idempotencyKey: undefined }
  const input = op.input as { idempotencyKey?: string } | undefined
  const idempotencyKey = input?.idempotencyKey ?? randomKey()
  return { op: { ...op, input: { ...input, idempotencyKey } }, idempotencyKey }
}

/** Whether an operation may be sent again while it is unknown whether it took effect. */
export function isRepeatable({ op, idempotencyKey }: KeyedOperation): boolean {
  if (op.type === 'query' || idempotencyKey !== undefined) return true
  return repeatable.has(op.path) || (isRepeatableWithItemKeys.has(op.path) && everyItemHasKey(op.input))
}

/** Creating a product whose key exists creates nothing. */
function everyItemHasKey(input: unknown): boolean {
  const items = (input as Partial<CreateProductsInput> | undefined)?.items
  return Array.isArray(items) && items.every((item) => item?.key !== undefined)
}

/** Does not use `crypto.randomUUID`, which browsers only offer on https pages. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
