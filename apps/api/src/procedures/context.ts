import { DomainError } from '@jumun/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, VerifyToken } from '../auth/tokens.ts'
import type { LimitRate } from '../http/rate-limit.ts'
import type { CallEnd } from '../observability/metrics.ts'
import type { Services } from '../services.ts'

/** The request that a procedure serves. */
export interface Context {
  services: Services
  requestId: string
  /** The peer's IP address. */
  address: string
  /** Undefined without a token; an error when the token is not valid or cannot be verified now. */
  caller: Caller | undefined | DomainError<'UNAUTHENTICATED' | 'UNAVAILABLE'>
  limitRate: LimitRate
  observeCall(end: CallEnd): void
  /** Sets a response header. */
  setHeader(name: string, value: string): void
  /** Raises the timeout of the idle connection, in milliseconds, for a call that takes long to answer. */
  extendTimeout(ms: number): void
}

interface ContextOptions extends Pick<Context, 'services' | 'limitRate' | 'observeCall'> {
  verifyToken: VerifyToken
}

/** Creates the context of a request. */
export type CreateContext = ReturnType<typeof contextFactory>

/** Creates a context for each request. The token is verified once a request, not once for each call of a batch. */
export function contextFactory({ services, verifyToken, limitRate, observeCall }: ContextOptions) {
  return async ({ req, res }: { req: FastifyRequest; res: FastifyReply }): Promise<Context> => ({
    services,
    requestId: req.id,
    address: req.ip,
    caller: await readCaller(req.headers.authorization, verifyToken),
    limitRate,
    observeCall: (end) => {
      req.log.debug(end, 'Call')
      observeCall(end)
    },
    setHeader: (name, value) => void res.header(name, value),
    extendTimeout: (ms) => void res.raw.setTimeout(ms),
  })
}

async function readCaller(authorization: string | undefined, verifyToken: VerifyToken): Promise<Context['caller']> {
  if (authorization === undefined) return undefined
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization) ?? []
  if (token === undefined) return unauthenticated()
  try {
    return await verifyToken(token)
  } catch (error) {
    return error instanceof DomainError && error.code === 'UNAVAILABLE' ? error : unauthenticated()
  }
}

function unauthenticated(): DomainError<'UNAUTHENTICATED'> {
  return new DomainError('UNAUTHENTICATED', 'The token is not valid, or no longer.', {})
}
