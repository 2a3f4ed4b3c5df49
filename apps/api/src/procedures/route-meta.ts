import type { ProblemCode } from '@jumun/contract'

/** How a procedure is offered over REST and described in the OpenAPI document. */
export type RouteMeta = {
  openapi: {
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
    /** Path below `/api`, with `{name}` for the inputs that stand in it. */
    path: `/${string}`
    summary: string
    description?: string
    tags: string[]
    /** Whether a token is needed. */
    protect: boolean
    successDescription: string
  }
  /** What the procedure refuses, beyond bad input and what every procedure may answer. */
  errors: ProblemCode[]
  /** 201 for what creates something; 200 if not given. */
  status?: 200 | 201
  /** Whether the input's `idempotencyKey` comes from the `Idempotency-Key` header. */
  idempotent?: boolean
}
