import type { Operation } from '@trpc/client'
import { isJumunError } from '../errors.ts'

/**
 * Recovers a cancellation whose reply was lost. `order.cancel` has no idempotency key, so after a lost reply the retry is refused
 * because the order is already cancelled. That is the result which the caller requested, so the call returns the order instead. It does
 * not matter whether another caller cancelled the order: points and stock were returned once.
 *
 * @param error the error of an attempt that followed an attempt with an unknown outcome
 * @returns the operation that reads the order; undefined if the error does not say that the order is cancelled
 */
export function recoverCancel(op: Operation, error: unknown): Operation | undefined {
  const isCancelled =
    op.path === 'order.cancel' &&
    isJumunError(error, 'ORDER_NOT_CANCELLABLE') &&
    error.details.orderStatus === 'CANCELLED'
  return isCancelled ? { ...op, type: 'query', path: 'order.byId' } : undefined
}
