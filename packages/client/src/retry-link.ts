import type { Operation, OperationResultEnvelope, TRPCClientError, TRPCLink } from '@trpc/client'
import { type Observable, observable } from '@trpc/server/observable'
import { CallFailure, toJumunError } from './call-failure.ts'
import { cancellable, sleep } from './cancellable.ts'
import { withIdempotencyKey } from './idempotency-key.ts'
import { retryDelayMs } from './retry-policy.ts'
import type { JumunRouter } from './router.ts'

/** So that a reply that never comes leaves time to ask again. */
const ATTEMPTS_WITHOUT_REPLY = 3

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<JumunRouter>>

interface Call {
  op: Operation
  next: (op: Operation) => Observable<Envelope, TRPCClientError<JumunRouter>>
  signal: AbortSignal
  timeoutMs: number
}

/** Makes each call again until it is answered, where that is safe and as long as there is time. */
export function retryLink({ timeoutMs }: { timeoutMs: number }): TRPCLink<JumunRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const unsubscribed = new AbortController()
        const signal = op.signal ? AbortSignal.any([op.signal, unsubscribed.signal]) : unsubscribed.signal
        callUntilAnswered({ op, next, signal, timeoutMs }).then(
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
  const { op, idempotencyKey } = withIdempotencyKey(call.op)
  const repeatable = op.type === 'query' || idempotencyKey !== undefined
  const replyMs = repeatable ? call.timeoutMs / ATTEMPTS_WITHOUT_REPLY : call.timeoutMs
  const deadline = performance.now() + call.timeoutMs
  let delayMs: number | undefined = 0
  for (let attempt = 1; ; attempt++) {
    try {
      await sleep(delayMs, call.signal)
      return await callOnce({ ...call, op, timeoutMs: Math.min(replyMs, deadline - performance.now()) })
    } catch (cause) {
      const error = toJumunError(cause, idempotencyKey)
      delayMs = retryDelayMs(error, repeatable, attempt)
      if (delayMs === undefined || !(performance.now() + delayMs < deadline)) throw error
    }
  }
}

function callOnce({ op, next, signal, timeoutMs }: Call): Promise<Envelope> {
  return cancellable(signal, ({ resolve, reject }) => {
    const subscription = next({ ...op, signal: null }).subscribe({ next: resolve, error: reject })
    const seconds = Math.ceil(timeoutMs / 1_000)
    const timer = setTimeout(() => reject(new CallFailure('UNREACHABLE', `No answer within ${seconds} s.`)), timeoutMs)
    return () => {
      clearTimeout(timer)
      subscription.unsubscribe()
    }
  })
}
