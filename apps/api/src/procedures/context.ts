import { DomainError } from '@jumun/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, VerifyToken } from '../auth/tokens.ts'
import type { LimitRate } from '../http/rate-limit.ts'
import type { CallEnd } from '../observability/metrics.ts'
import type { Services } from '../services.ts'

/** What a procedure knows of the request it serves. */
export interface Context {
  services: Services
  requestId: string
  /** Network address of whoever connected. */
  address: string
  /** Who calls; undefined without a token; a refusal when the token is no good, or cannot be told to be good now. */
  caller: Caller | undefined | DomainError<'UNAUTHENTICATED' | 'UNAVAILABLE'>
  limitRate: LimitRate
  /** Told of every call that ended. */
  observeCall(end: CallEnd): void
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): void
  /** Lets the answer take so long, in milliseconds. Else a connection on which nothing moves is cut sooner. */
  allowTime(ms: number): void
}

/** What contexts are made of. */
export interface ContextOptions {
  services: Services
  verifyToken: VerifyToken
  limitRate: LimitRate
  observeCall: (end: CallEnd) => void
}

/** Makes the context of each request. The token is verified once a request, however many calls it batches. */
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
    allowTime: (ms) => void res.raw.setTimeout(ms),
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
