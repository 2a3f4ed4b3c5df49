import type { Operation } from '@trpc/client'
import { isRepeatableWithItemKeys, isRepeatable as repeatable, takesIdempotencyKey } from '../retries.gen.ts'
import type { CreateProductsInput } from '../types.gen.ts'

const KEY_BYTES = 16

/** An operation and its idempotency key, if it takes one. */
export interface KeyedOperation {
  op: Operation
  idempotencyKey: string | undefined
}

/** Gives a call that takes an idempotency key a random one, unless its caller gave one. */
export function withIdempotencyKey(op: Operation): KeyedOperation {
  if (!takesIdempotencyKey.has(op.path)) return { op, idempotencyKey: undefined }
  const input = op.input as { idempotencyKey?: string } | undefined
  const idempotencyKey = input?.idempotencyKey ?? randomKey()
  return { op: { ...op, input: { ...input, idempotencyKey } }, idempotencyKey }
}

/** Whether a call may be repeated when it is unknown whether it took effect. */
export function isRepeatable({ op, idempotencyKey }: KeyedOperation): boolean {
  if (op.type === 'query' || idempotencyKey !== undefined) return true
  return repeatable.has(op.path) || (isRepeatableWithItemKeys.has(op.path) && everyItemHasKey(op.input))
}

/** An item whose key exists makes nothing new. */
function everyItemHasKey(input: unknown): boolean {
  const items = (input as Partial<CreateProductsInput> | undefined)?.items
  return Array.isArray(items) && items.every((item) => item?.key !== undefined)
}

/** Browsers offer `randomUUID` to https pages only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
