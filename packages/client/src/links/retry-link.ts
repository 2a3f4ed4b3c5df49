import type { Operation, OperationResultEnvelope, TRPCClientError, TRPCLink } from '@trpc/client'
import { type Observable, observable } from '@trpc/server/observable'
import { isJumunError } from '../errors.ts'
import type { JumunRouter } from '../trpc.ts'
import { recoverCancel } from './cancel-recovery.ts'
import { cancellable, sleep } from './cancellable.ts'
import { tokenOf } from './http-link.ts'
import { isRepeatable, withIdempotencyKey } from './idempotency-key.ts'
import { retryDelayMs } from './retry-policy.ts'
import type { Tokens } from './tokens.ts'
import { TransportError, toJumunError } from './transport-error.ts'

/** So that a reply that never comes leaves time to ask again. */
const ATTEMPTS_WITHOUT_REPLY = 3

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<JumunRouter>>

interface RetryOptions {
  timeoutMs: number
  tokens: Tokens
}

interface Call extends RetryOptions {
  op: Operation
  next: (op: Operation) => Observable<Envelope, TRPCClientError<JumunRouter>>
  signal: AbortSignal
}

interface Attempt extends Call {
  /** How long to wait for one reply. */
  replyMs: number
  /** When the whole call must have ended, as `performance.now()` counts. */
  deadline: number
}

/** Makes each call again until it is answered, where that is safe and as long as there is time. */
export function retryLink(options: RetryOptions): TRPCLink<JumunRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const unsubscribed = new AbortController()
        const signal = op.signal ? AbortSignal.any([op.signal, unsubscribed.signal]) : unsubscribed.signal
        callUntilAnswered({ op, next, signal, ...options }).then(
          (envelope) => {
            observer.next(envelope)
            observer.complete()
          },
          (error) => observer.error(error),
        )
        return () => unsubscribed.abort()
      })
}

async function callUntilAnswered(call: Call): Promise<Envelope> {
  const keyed = withIdempotencyKey(call.op)
  const repeatable = isRepeatable(keyed)
  const replyMs = repeatable ? call.timeoutMs / ATTEMPTS_WITHOUT_REPLY : call.timeoutMs
  const deadline = performance.now() + call.timeoutMs
  let { op } = keyed
  let mayBeDone = false
  let delayMs: number | undefined = 0
  for (let attempt = 1; ; attempt++) {
    try {
      await sleep(delayMs, call.signal)
      return await callRenewingToken({ ...call, op, replyMs, deadline })
    } catch (cause) {
      const error = toJumunError(cause, keyed.idempotencyKey)
      mayBeDone ||= isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE')
      const reading = mayBeDone ? recoverCancel(op, error) : undefined
      if (reading) op = reading
      delayMs = reading ? 0 : retryDelayMs(error, repeatable, attempt)
      if (delayMs === undefined || !(performance.now() + delayMs < deadline)) throw error
    }
  }
}

/** Makes a call. If the server refuses its token and there is another one, makes it once more: it had no effect yet. */
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
  return inTime(attempt, ({ resolve, reject }) => {
    attempt.tokens.renew(refused).then(resolve, reject)
    return () => {}
  })
}

function callOnce({ op, next, ...attempt }: Attempt): Promise<Envelope> {
  return inTime(attempt, ({ resolve, reject }) => {
    const subscription = next({ ...op, signal: null }).subscribe({ next: resolve, error: reject })
    return () => subscription.unsubscribe()
  })
}

/** As `cancellable`, and fails with `UNREACHABLE` when the time for a reply is over. */
function inTime<Value>(
  { signal, replyMs, deadline }: Pick<Attempt, 'signal' | 'replyMs' | 'deadline'>,
  start: Parameters<typeof cancellable<Value>>[1],
): Promise<Value> {
  return cancellable<Value>(signal, (settle) => {
    const cleanup = start(settle)
    const timeoutMs = Math.min(replyMs, deadline - performance.now())
    const giveUp = () =>
      settle.reject(new TransportError('UNREACHABLE', `No answer within ${Math.ceil(timeoutMs / 1_000)} s.`))
    const timer = setTimeout(giveUp, timeoutMs)
    return () => {
      clearTimeout(timer)
      cleanup()
    }
  })
}
