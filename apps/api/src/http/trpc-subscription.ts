import { type ProcedureName, procedures } from '@jumun/contract'
import { callTRPCProcedure, getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { toProblem } from '../errors/problem.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import type { ChangeStream } from '../live/change-stream.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import { trpcWire } from '../live/wires.ts'
import { appRouter } from '../procedures/app-router.ts'
import type { Context } from '../procedures/context.ts'
import { sendChanges, startEventStream } from './event-stream.ts'

/** A subscription that a request asks for. */
interface Subscription {
  path: string
  input: unknown
}

/**
 * Reads the subscription that a request asks for. Undefined for a request that is malformed or asks for none: tRPC's adapter answers
 * those. Any other subscription must not reach the adapter, because its streams go on after their tokens have expired.
 */
export function readSubscription(path: string, request: FastifyRequest): Subscription | undefined {
  const isKnown = Object.hasOwn(procedures, path) && procedures[path as ProcedureName].stream
  if (!isKnown || request.method !== 'GET') return undefined
  // tRPC reads the first value of a parameter that is given twice.
  const [input, lastEventId, batch] = ['input', 'lastEventId', 'batch'].map((name) => first(request.query, name))
  if (batch === '1') return undefined
  const id = request.headers['last-event-id'] ?? lastEventId
  try {
    const given: unknown = input === undefined ? {} : JSON.parse(input)
    const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
    return { path, input: isObject && id ? { ...given, lastEventId: id } : given }
  } catch {
    return undefined
  }
}

function first(query: unknown, name: string): string | undefined {
  const [value] = [(query as Record<string, string | string[]>)[name]].flat()
  return value
}

/**
 * Answers a subscription as tRPC's adapter would. The adapter needs many times as much memory and processor time for each reader. A test
 * compares the two.
 */
export async function answerSubscription(
  { path, input }: Subscription,
  options: {
    ctx: Context
    request: FastifyRequest
    reply: FastifyReply
    counts: StreamCounts
    onError: (error: TRPCError, path: string, request: FastifyRequest) => void
  },
): Promise<FastifyReply> {
  const { ctx, request, reply, counts, onError } = options
  try {
    const getRawInput = async () => input
    const call = {
      router: appRouter,
      path,
      type: 'subscription',
      ctx,
      getRawInput,
      signal: undefined,
      batchIndex: 0,
    } as const
    const stream = (await callTRPCProcedure(call)) as ChangeStream
    return sendChanges(stream, { wire: trpcWire, request, reply, counts })
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause)
    onError(error, path, request)
    const domainError = toDomainError(error)
    const problem = toProblem(domainError, request.id)
    const isAway = domainError.code === 'UNAVAILABLE'
    const response = startEventStream(reply)
    response.end(trpcWire.start('') + trpcWire.failure(problem) + (isAway ? trpcWire.end('UNAVAILABLE') : ''))
    return reply
  }
}
