import { type Access, type ProcedureName, procedures } from '@jumun/contract'
import { DomainError } from '@jumun/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify'
import { forbidden, requireCaller } from '../auth/access.ts'
import { readCaller } from '../auth/read-caller.ts'
import { requireOwnPage } from '../auth/same-origin.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { Caller, VerifyToken } from '../auth/tokens.ts'
import { requestErrors } from '../errors/to-domain-error.ts'
import type { Metrics } from '../observability/metrics.ts'
import { costOfBytes } from '../procedures/weight.ts'
import { declaredBytes, isOfUnknownLength, SMALL_BODY_BYTES } from './body-length.ts'
import { countedAddress } from './caller-address.ts'
import type { Allowance, RateLimit } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined without a token and a session. */
    caller: Caller | undefined
    allowance: Allowance
    /** The name under which the rate limit counts the caller; undefined for an admin, who is not limited. */
    countedAs: string | undefined
  }
  interface FastifyContextConfig {
    /** The procedure of a route; batches over tRPC have none. */
    procedure?: ProcedureName
  }
}

interface AdmissionOptions extends Pick<Metrics, 'observeCall'> {
  verifyToken: VerifyToken
  sessions: Sessions
  rateLimit: RateLimit
}

/**
 * Refuses what can be refused before the body of a request is read: bad tokens, calls above the rate limit, calls without a token
 * where one is needed. Sets `caller` and `allowance` of the request.
 */
export function admitRequests(http: FastifyInstance, options: AdmissionOptions): void {
  http.decorateRequest('caller', undefined)
  http.decorateRequest('allowance')
  http.decorateRequest('countedAs', undefined)
  http.addHook('onRequest', async (request, reply) => {
    if (!isCounted(request)) return
    const started = performance.now()
    try {
      await admit(request, reply, options)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const seconds = (performance.now() - started) / 1_000
      for (const procedure of calledProcedures(request))
        options.observeCall({ procedure, outcome: error.code, seconds, error })
      throw error
    }
  })
  http.addHook('preParsing', boundBody)
}

/** The reference and the operators' routes are not counted, unless a body is sent to them. */
function isCounted(request: FastifyRequest): boolean {
  const isCall = /^\/(?:api\/|trpc\/|session)/.test(request.routeOptions.url ?? '')
  return isCall || request.is404 || declaredBytes(request) > 0 || isOfUnknownLength(request)
}

async function admit(request: FastifyRequest, reply: FastifyReply, options: AdmissionOptions): Promise<void> {
  const { verifyToken, sessions, rateLimit } = options
  const { authorization } = request.headers
  const session = authorization === undefined ? await sessions.read(request) : undefined
  const caller = session ?? (await readCaller(authorization, verifyToken))
  const verified = caller instanceof DomainError ? undefined : caller
  request.countedAs = counted(request, verified)
  const allowance = rateLimit.allowance(request.countedAs, (name, value) => void reply.header(name, value))
  allowance.admit()
  if (caller instanceof DomainError) throw caller
  if (session) requireOwnPage(request)
  request.caller = caller
  request.allowance = allowance
  checkAccess(request)
  if (caller) allowance.charge(costOfBytes(declaredBytes(request)))
  // The handler of /session sets the cookie itself.
  if (session && request.routeOptions.url !== '/session') await sessions.prolong(request, reply, session)
}

/** The name under which the rate limit counts a caller; undefined: the caller is not limited. */
function counted(request: FastifyRequest, caller: Caller | undefined): string | undefined {
  if (caller?.role === 'admin') return undefined
  return caller ? `member ${caller.memberId}` : `address ${countedAddress(request.ip, request.socket.remoteAddress)}`
}

/** Refuses a request if every one of its calls would be refused whatever its body says. */
function checkAccess(request: FastifyRequest): void {
  // Queries over tRPC have no body, and each call of a batch has its own answer.
  const called = isTrpc(request) && request.method !== 'POST' ? [] : calledProcedures(request)
  if (called.length === 0) return
  const all = (...refused: Access[]) => called.every((name) => refused.includes(procedures[name].access))
  if (all('member', 'owner', 'self-charge', 'admin')) requireCaller(request.caller)
  if (all('admin') && request.caller?.role !== 'admin') throw forbidden()
}

/** The procedures that a request calls; none if it names an unknown one. */
function calledProcedures(request: FastifyRequest): ProcedureName[] {
  const { procedure } = request.routeOptions.config
  if (procedure !== undefined) return [procedure]
  if (!isTrpc(request)) return []
  const { path = '' } = request.params as { path?: string }
  const names = path.split(',') as ProcedureName[]
  return names.every((name) => Object.hasOwn(procedures, name)) ? names : []
}

/** Looks at the route, because the URL of a request may be absolute, with a host. */
function isTrpc({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/trpc/') === true
}

/** Refuses a large body without a token, because no public procedure needs one, and charges a body of unknown length while it is read. */
const boundBody: preParsingHookHandler = (request, _reply, payload, done) => {
  const isChunked = isOfUnknownLength(request)
  if (request.caller === undefined && (isChunked || declaredBytes(request) > SMALL_BODY_BYTES)) {
    return done(requestErrors.tooLargeWithoutToken())
  }
  if (isChunked) chargeWhileRead(payload, request.allowance)
  done(null, payload)
}

function chargeWhileRead(payload: NodeJS.ReadableStream, allowance: Allowance): void {
  let bytes = 0
  // Without the pause, this listener would start the stream before its reader listens.
  payload.pause()
  payload.on('data', (chunk: Buffer) => {
    const before = costOfBytes(bytes)
    bytes += chunk.length
    allowance.charge(costOfBytes(bytes) - before)
  })
}
