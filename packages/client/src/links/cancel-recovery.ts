import type { Operation } from '@trpc/client'
import { isJumunError } from '../errors.ts'

/**
 * Cancelling has no idempotency key: when its reply was lost, the next attempt is refused, because the order is cancelled
 * already. That is what the caller wanted, so the order is the answer. Had somebody else cancelled it in between, it would be
 * the same order, and points and stock went back once.
 *
 * @param error what an attempt failed with after another one that may have been done
 * @returns the call that reads the order; undefined if the error says anything else
 */
export function recoverCancel(op: Operation, error: unknown): Operation | undefined {
  const cancelled =
    op.path === 'order.cancel' &&
    isJumunError(error, 'ORDER_NOT_CANCELLABLE') &&
    error.details.orderStatus === 'CANCELLED'
  return cancelled ? { ...op, type: 'query', path: 'order.byId' } : undefined
}
