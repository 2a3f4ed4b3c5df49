import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../auth/tokens.ts'
import type { Allowance } from '../http/rate-limit.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import type { CallEnd } from '../observability/metrics.ts'
import type { Pulse } from '../observability/pulse.ts'
import type { Services } from '../services.ts'

/** The request that a procedure serves. */
export interface Context {
  services: Services
  requestId: string
  /** Undefined without a token. */
  caller: Caller | undefined
  allowance: Allowance
  /** Counts a stream, or a call that waits for changes. Throws `TOO_MANY_REQUESTS`. Returns what ends it. */
  takeStream(): () => void
  /** Ends when the caller goes away. */
  disconnected(): AbortSignal
  pulse: Pick<Pulse, 'read'>
  observeCall(end: CallEnd): void
  /** Sets a response header. */
  setHeader(name: string, value: string): void
  /** Says how many seconds old an answer may be. Calls in one request share the header; it says the greatest age. */
  sayAge(seconds: number): void
  /** Raises the timeout of the idle connection, in milliseconds, for a call that takes long to answer. */
  extendTimeout(ms: number): void
}

/** Creates the context of a request. */
export type CreateContext = ReturnType<typeof contextFactory>

interface ContextOptions extends Pick<Context, 'services' | 'pulse' | 'observeCall'> {
  streams: StreamCounts
}

/** Creates a context for each request that was admitted. */
export function contextFactory({ services, streams, pulse, observeCall }: ContextOptions) {
  return ({ req, res }: { req: FastifyRequest; res: FastifyReply }): Context => ({
    services,
    pulse,
    requestId: req.id,
    caller: req.caller,
    allowance: req.allowance,
    takeStream: () => streams.take(req.countedAs),
    disconnected() {
      const gone = new AbortController()
      if (res.raw.destroyed) gone.abort()
      else res.raw.once('close', () => gone.abort())
      return gone.signal
    },
    observeCall: (end) => {
      const { error: _, ...call } = end
      req.log.debug(call, 'Call')
      observeCall(end)
    },
    setHeader: (name, value) => void res.header(name, value),
    sayAge: (seconds) =>
      void res.header('age', String(Math.max(Math.ceil(seconds), Number(res.getHeader('age') ?? 0)))),
    extendTimeout: (ms) => void res.raw.setTimeout(ms),
  })
}
