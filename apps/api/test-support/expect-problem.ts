import { type ProblemCode, problems } from '@jumun/contract'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Reply } from './transports.ts'

/** Words that reveal the implementation. */
const INTERNALS =
  /node_modules|\.[cm]?[jt]s\b|\bat \S+ \(|file:\/\/|\/src\/|mikro|kysely|knex|pg-?boss|\bpg\b|postgres|zod|fastify|FST_|trpc|\bjose\b|ERR_|\bselect\b|\binsert into\b|\bsql|relation|constraint|point_account|point_entry|product_stock|order_line|cart_item|idempotency_record|stack/i

/**
 * Expects a reply to be this problem and nothing more: status, fields and details of its code, the same request id in
 * header and body, and no word about the implementation.
 */
export function expectProblem(reply: Reply, code: ProblemCode): void {
  expect(reply.problem, `no problem, but ${reply.status} ${reply.text.slice(0, 300)}`).toBeDefined()
  expect(violationsOf(reply, code)).toEqual([])
}

/** How a reply differs from what this problem must look like, for tests that check many replies at once. */
export function violationsOf(reply: Reply, code: ProblemCode): string[] {
  const { problem, status, headers, text } = reply
  if (problem === undefined) return [`${status} ${text.slice(0, 300)}`]
  if (problem.code !== code) return [`${status} ${problem.code}: ${problem.detail} ${text.slice(0, 300)}`]
  const shape = problemShapes[code].safeParse(problem)
  const requestId = headers.get('x-request-id')
  return [
    ...(status === problems[code].status ? [] : [`status ${status}`]),
    ...(shape.success ? [] : shape.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)),
    ...(requestId === problem.requestId ? [] : [`x-request-id ${requestId} is not ${problem.requestId}`]),
    ...(INTERNALS.test(text) ? [`reveals the implementation: ${INTERNALS.exec(text)}`] : []),
    ...retryAfterViolations(reply),
    ...envelopeViolations(reply),
  ]
}

/** Made once, because zod compiles a schema when it is first used. */
const problemShapes = Object.fromEntries(
  (Object.keys(problems) as ProblemCode[]).map((code) => [code, problemShape(code)]),
) as Record<ProblemCode, ReturnType<typeof problemShape>>

function problemShape(code: ProblemCode) {
  return z.strictObject({
    type: z.literal(`urn:jumun:problem:${code}`),
    title: z.string().min(1),
    status: z.literal(problems[code].status),
    detail: z.string().min(1),
    code: z.literal(code),
    requestId: z.uuid(),
    ...problems[code].details.shape,
  })
}

function retryAfterViolations({ problem, headers }: Reply): string[] {
  const expected = problem && 'retryAfterSeconds' in problem ? String(problem.retryAfterSeconds) : null
  return headers.get('retry-after') === expected ? [] : [`Retry-After is ${headers.get('retry-after')}`]
}

const envelope = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    code: z.int(),
    data: z.strictObject({ code: z.string(), httpStatus: z.int(), problem: z.unknown() }),
  }),
})

/** Over REST the content type must be application/problem+json; over tRPC the error must have no fields beyond tRPC's own and the problem. */
function envelopeViolations({ headers, text, problem }: Reply): string[] {
  const type = headers.get('content-type') ?? ''
  const json: unknown = JSON.parse(text)
  const [body] = Array.isArray(json) ? json : [json]
  if (!('error' in body)) {
    return type.startsWith('application/problem+json') ? [] : [`content type ${type}`]
  }
  const parsed = envelope.safeParse(body)
  const wrong = parsed.success
    ? [
        ...(parsed.data.error.message === problem?.detail ? [] : ['error.message is not the detail']),
        ...(parsed.data.error.data.httpStatus === problem?.status ? [] : ['error.data.httpStatus is not the status']),
      ]
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return type.startsWith('application/json') ? wrong : [...wrong, `content type ${type}`]
}
