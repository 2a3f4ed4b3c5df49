import type { FastifyRequest } from 'fastify'
import { BYTES_A_CALL } from '../procedures/weight.ts'

/** A body that costs nothing beyond its call, and that may be read to keep its connection open. */
export const SMALL_BODY_BYTES = BYTES_A_CALL

/** The length that a request declares for its body. */
export function declaredBytes({ headers }: FastifyRequest): number {
  const length = headers['content-length']
  return length === undefined ? 0 : Number(length)
}

/** Whether a request has a body whose length is known only at its end. */
export function isOfUnknownLength({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined
}

/** Whether so much of a request may still arrive that its connection is better closed than read. */
export function hasMuchToRead(request: FastifyRequest): boolean {
  return !request.raw.complete && (isOfUnknownLength(request) || declaredBytes(request) > SMALL_BODY_BYTES)
}
