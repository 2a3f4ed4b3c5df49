import type { Operation, OperationResultEnvelope, TRPCClientError, TRPCLink } from '@trpc/client'
import { type Observable, observable } from '@trpc/server/observable'
import { isJumunError } from '../errors.ts'
import type { JumunRouter } from '../trpc.ts'
import { cancellable, sleep } from './cancellable.ts'
import { tokenOf } from './http-link.ts'
import { isRepeatable, withIdempotencyKey } from './idempotency-key.ts'
import { CALL_MAX_BACKOFF_MS, retryDelayMs } from './retry-policy.ts'
import type { Tokens } from './tokens.ts'
import { TransportError, toJumunError } from './transport-error.ts'

/** How many attempts without a reply fit into the timeout of a call. */
const ATTEMPTS_WITHOUT_REPLY = 3

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<JumunRouter>>

interface RetryOptions {
  timeoutMs: number
  tokens: Tokens
  /** Whether to retry while no connection can be made. */
  waitForServer: boolean
  /** Draws the jitter of the backoff, from 0 up to 1. */
  random: () => number
}

interface Call extends RetryOptions {
  op: Operation
  next: (op: Operation) => Observable<Envelope, TRPCClientError<JumunRouter>>
  signal: AbortSignal
}

interface Attempt extends Call {
  /** The time limit of one attempt, in milliseconds. */
  replyMs: number
  /** The time limit of the whole call, as a value of `performance.now()`. */
  deadline: number
}

/** Retries each call within its timeout, if the retry is safe. */
export function retryLink(options: RetryOptions): TRPCLink<JumunRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const unsubscribed = new AbortController()
        const signal = op.signal ? AbortSignal.any([op.signal, unsubscribed.signal]) : unsubscribed.signal
        callWithRetries({ op, next, signal, ...options }).then(
          (envelope) => {
            observer.next(envelope)
            observer.complete()
          },
          (error) => observer.error(error),
        )
        return () => unsubscribed.abort()
      })
}

async function callWithRetries(call: Call): Promise<Envelope> {
  const keyed = withIdempotencyKey(call.op)
  const repeatable = isRepeatable(keyed)
  const replyMs = repeatable ? call.timeoutMs / ATTEMPTS_WITHOUT_REPLY : call.timeoutMs
  const deadline = performance.now() + call.timeoutMs
  const { op } = keyed
  let mayHaveEffect = false
  let delayMs: number | undefined = 0
  let error: unknown
  for (let attempt = 1; ; attempt++) {
    let isAttempted = false
    try {
      await sleep(delayMs, call.signal)
      // The process may have been too busy to wake up in time.
      if (error && performance.now() >= deadline) throw error
      isAttempted = true
      return await callRenewingToken({ ...call, op, replyMs, deadline })
    } catch (cause) {
      error = toJumunError(cause, keyed.idempotencyKey)
      let isUnsent = false
      // Any other refusal says that no earlier attempt took effect.
      if (isJumunError(error, 'UNREACHABLE', 'ABORTED', 'UNAVAILABLE', 'TOO_MANY_REQUESTS')) {
        isUnsent = error.code === 'UNREACHABLE' && !error.isOutcomeUnknown
        mayHaveEffect ||= isAttempted && error.isOutcomeUnknown && op.type !== 'query'
        Object.assign(error, { isOutcomeUnknown: mayHaveEffect })
      }
      delayMs = retryDelayMs(error, repeatable, attempt, call.random, CALL_MAX_BACKOFF_MS)
      if (isUnsent && !call.waitForServer) delayMs = undefined
      if (delayMs === undefined || !(performance.now() + delayMs < deadline)) throw error
    }
  }
}

/** Sends a call. If the server refuses its token, renews the token and sends the call again, which is safe because it had no effect. */
async function callRenewingToken(attempt: Attempt): Promise<Envelope> {
  const context = { ...attempt.op.context }
  try {
    return await callOnce({ ...attempt, op: { ...attempt.op, context } })
  } catch (cause) {
    const refused = tokenOf(context)
    const unauthenticated = isJumunError(toJumunError(cause, undefined), 'UNAUTHENTICATED')
    if (!unauthenticated || refused === undefined || !(await renew(attempt, refused))) throw cause
    return await callOnce(attempt)
  }
}

function renew(attempt: Attempt, refused: string): Promise<boolean> {
  return withTimeout(attempt, ({ resolve, reject }) => {
    attempt.tokens.renew(refused).then(resolve, reject)
    return () => {}
  })
}

function callOnce({ op, next, ...attempt }: Attempt): Promise<Envelope> {
  return withTimeout(attempt, ({ resolve, reject }) => {
    const subscription = next({ ...op, signal: null }).subscribe({ next: resolve, error: reject })
    return () => subscription.unsubscribe()
  })
}

/** Like `cancellable`, and rejects with `UNREACHABLE` at the time limit of the attempt or of the call. */
function withTimeout<Value>(
  { signal, replyMs, deadline }: Pick<Attempt, 'signal' | 'replyMs' | 'deadline'>,
  start: Parameters<typeof cancellable<Value>>[1],
): Promise<Value> {
  return cancellable<Value>(signal, (settle) => {
    const timeoutMs = Math.min(replyMs, deadline - performance.now())
    if (timeoutMs <= 0) throw new TransportError('UNREACHABLE', 'Timed out.', { isOutcomeUnknown: false })
    const cleanup = start(settle)
    const onTimeout = () =>
      settle.reject(new TransportError('UNREACHABLE', `No answer within ${Math.ceil(timeoutMs / 1_000)} s.`))
    const timer = setTimeout(onTimeout, timeoutMs)
    return () => {
      clearTimeout(timer)
      cleanup()
    }
  })
}
