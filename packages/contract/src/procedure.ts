import type { z } from 'zod'
import { type ProblemCode, problems } from './problems.ts'

/**
 * Who may call a procedure: `anyone`; the `member` that the input names; the `owner` of the order that the input names;
 * an `admin`; `self-charge`: admins, and the member that the input names where the shop allows members to charge
 * themselves; `topics`: who may follow every topic that the input names, which for products is anyone. Admins may call everything.
 */
export type Access = 'anyone' | 'member' | 'owner' | 'admin' | 'self-charge' | 'topics'

/** Everything that the router, the REST routes, the OpenAPI document, the SDK, the tests and the docs need of a procedure. */
export interface Procedure<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  input: Input
  output: Output
  access: Access
  /** The codes of its own; `errorsOf` adds those that follow from the access and the idempotency key. */
  errors?: readonly ProblemCode[]
  /** Whether it is a subscription: `output` is what one event brings. Over REST it answers `text/event-stream`. */
  stream?: true
  /** `GET` makes it a query, unless it is a subscription; any other method a mutation. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path below `/api`, with `{field}` for each field of the input that stands in it. */
  path: `/${string}`
  /** HTTP status of a success over REST; default 200. */
  status?: 201
  /**
   * Whether a mutation without an idempotency key may be repeated when its reply is lost: a second run leaves the same state and gives an
   * equivalent answer. `with-item-keys`: only where every item has a key.
   */
  repeatable?: true | 'with-item-keys'
  /** A replica may answer where there is one, also a caller who does not ask for it. */
  stale?: true
  /** One line without a full stop, such as `Place an order`. */
  summary: string
  description?: string
  /** What a success answers. */
  returns: string
  /** A valid input. */
  example: Record<string, unknown>
}

/** Procedures by their names within a group. */
export type ProcedureGroup = Record<string, Procedure>

/** Codes that any call may fail with. A bad token is refused even where none is needed. */
export const commonErrors = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'UNAVAILABLE',
] as const satisfies ProblemCode[]

/** The codes that this procedure may fail with, beyond the common ones, in the order of their HTTP status. */
export function errorsOf(procedure: Procedure): ProblemCode[] {
  const { access, errors = [] } = procedure
  const all: ProblemCode[] = [
    ...(access === 'anyone' || access === 'owner' ? [] : (['FORBIDDEN'] as const)),
    ...errors,
    ...(takesIdempotencyKey(procedure) ? (['IDEMPOTENCY_KEY_REUSED'] as const) : []),
  ]
  return all.sort((a, b) => problems[a].status - problems[b].status)
}

/** Whether the input has an `idempotencyKey`, which over REST is the header `Idempotency-Key`. */
export function takesIdempotencyKey({ input }: Procedure): boolean {
  return Object.hasOwn(input.shape, 'idempotencyKey')
}

/** Whether a replica may answer. */
export function mayBeStale({ input, stale }: Procedure): boolean {
  return stale === true || Object.hasOwn(input.shape, 'maxAgeSeconds')
}

/** What tRPC calls a procedure of this kind. */
export function kindOf({ method, stream }: Procedure): 'query' | 'mutation' | 'subscription' {
  if (stream) return 'subscription'
  return method === 'GET' ? 'query' : 'mutation'
}

/** Whether a procedure only reads, and its input stands in the URL over tRPC too. */
export function isQuery({ method }: Procedure): boolean {
  return method === 'GET'
}

/** The header that a field of the input is over REST. */
export const inputHeaders = {
  idempotencyKey: 'Idempotency-Key',
  lastEventId: 'Last-Event-ID',
} as const

/** Where a field of the input stands in a REST request. */
export function placeOf(procedure: Procedure, field: string): 'path' | 'query' | 'header' | 'body' {
  const { method, path } = procedure
  if (path.includes(`{${field}}`)) return 'path'
  if (Object.hasOwn(inputHeaders, field) && Object.hasOwn(procedure.input.shape, field)) return 'header'
  return method === 'GET' || method === 'DELETE' ? 'query' : 'body'
}
