import { type ProblemCode, problemMembers, problems } from '@jumun/contract'
import { z } from 'zod'
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { toProblem, typeOf } from '../errors/problem.ts'
import { exampleOf } from './example.ts'

const EXAMPLE_REQUEST_ID = '019310a4-6f00-7000-8000-000000000002'

const retryAfterHeader = {
  'Retry-After': {
    description: 'Seconds to wait',
    schema: { type: 'integer', format: 'int64', minimum: 1 },
    example: 1,
  },
} as const

/** The responses that operations share: one for each set of problems that have a status in common. */
export function problemResponses() {
  const components: Record<string, ZodOpenApiResponseObject> = {}
  const schemas = Object.fromEntries(codes.map((code) => [code, problemSchema(code)])) as Record<ProblemCode, z.ZodType>
  return {
    components,
    /** A reference by each status that these codes have, in the order of the codes. */
    refsOf(codes: ProblemCode[]) {
      const byStatus = Map.groupBy(codes, (code) => problems[code].status)
      return Object.fromEntries(
        [...byStatus].map(([status, codes]) => {
          const name = codes.map(pascalCase).join('Or')
          components[name] ??= response(codes, schemas)
          return [status, { $ref: `#/components/responses/${name}` as const }]
        }),
      )
    },
  }
}

const codes = Object.keys(problems) as ProblemCode[]

function response(codes: ProblemCode[], schemas: Record<ProblemCode, z.ZodType>): ZodOpenApiResponseObject {
  const [first, ...others] = codes.map((code) => schemas[code]) as [z.ZodType, ...z.ZodType[]]
  const isRetryable = codes.some((code) => code === 'TOO_MANY_REQUESTS' || code === 'UNAVAILABLE')
  return {
    description: codes.map((code) => problems[code].description).join(' '),
    ...(isRetryable && { headers: retryAfterHeader }),
    content: {
      'application/problem+json': {
        schema: others.length === 0 ? first : z.xor([first, ...others]),
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }])),
      },
    },
  }
}

function problemSchema(code: ProblemCode): z.ZodType {
  const { status, details } = problems[code]
  const literals = { type: z.literal(typeOf(code)), status: z.literal(status), code: z.literal(code) }
  return problemMembers.extend({ ...literals, ...details.shape }).meta({ id: `${pascalCase(code)}Problem` })
}

function exampleProblem(code: ProblemCode): object {
  const { description, details } = problems[code]
  return toProblem({ code, message: description, details: exampleOf(details) as object }, EXAMPLE_REQUEST_ID)
}

function pascalCase(code: ProblemCode): string {
  return code
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
