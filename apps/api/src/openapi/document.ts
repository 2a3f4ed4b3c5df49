import { type ProblemCode, problemDetails, problemStatus } from '@jumun/contract'
import { generateOpenApiDocument } from 'trpc-to-openapi'
import { z } from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { toProblem } from '../errors/problem.ts'
import { restOperations } from '../http/rest.ts'
import { appRouter } from '../procedures/app-router.ts'
import type { RouteMeta } from '../procedures/route-meta.ts'
import { exampleOf, type JsonSchema } from './example.ts'

type Document = ReturnType<typeof generateOpenApiDocument>
type Schemas = Record<string, JsonSchema>
type Responses = Record<string, object>

/** One operation of the document, as far as it is touched here. */
interface Operation {
  parameters?: object[]
  security?: object[]
  requestBody?: { content: { 'application/json': { schema: JsonSchema; example?: unknown } } }
  responses: Record<string, object>
}

interface SuccessResponse {
  description: string
  headers?: object
  content: { 'application/json': { schema: JsonSchema; example?: unknown } }
}

const tags = [
  { name: 'Orders', description: 'Placing, paying, cancelling and reading orders' },
  { name: 'Cart', description: 'What a member means to buy; a cart reserves nothing' },
  { name: 'Points', description: "Members' prepaid points and the ledger of every change" },
  { name: 'Products', description: 'What is for sale, with its stock as it is now' },
  { name: 'Operations', description: 'What whoever runs the shop looks at and puts right' },
]

/** What any call may be refused with; a token that is no good is refused even where none is needed. */
const ALWAYS_POSSIBLE: ProblemCode[] = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'UNAVAILABLE',
]

const EXAMPLE_REQUEST_ID = '019310a4-6f00-7000-8000-000000000002'

const idempotencyKeyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A key of your choice, 1 to 255 printable ASCII characters. The same key, member and input give the first answer ' +
    'again, for 24 hours at least; a refused call uses no key up.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]*$' },
  example: 'order-7f3a',
}

const replayedHeader = {
  'Idempotent-Replayed': {
    description: '`true` when this is the first answer again',
    schema: { type: 'string', enum: ['true'] },
  },
}

const locationHeader = {
  Location: {
    description: 'Where the order can be read',
    schema: { type: 'string' },
    example: '/api/order/019310a4-6f00-7000-8000-000000000001',
  },
}

const retryAfterHeader = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 }, example: 1 },
}

/**
 * The OpenAPI 3.1 document of the REST routes: trpc-to-openapi derives it from the procedures; here the refusals, headers
 * and examples are added that it has no words for.
 */
export function openApiDocument(): Document {
  const document = generateOpenApiDocument(appRouter, {
    title: 'Jumun',
    description:
      'An e-commerce order service: prepaid points, stock, and orders paid in one transaction.\n\n' +
      'Every refusal is an `application/problem+json` (RFC 9457) with a `code` of a closed set and its details.',
    version: packageJson.version,
    openApiVersion: '3.1.0',
    baseUrl: '/api',
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  })
  document.tags = tags
  document.info.license = { name: 'MIT', identifier: 'MIT' }
  const generated = Object.entries((document.components?.schemas ?? {}) as Schemas)
  // Its own errors are replaced by our problems.
  const schemas = Object.fromEntries(generated.filter(([name]) => !name.startsWith('error.')))
  const responses: Responses = {}
  for (const { path, meta } of restOperations()) {
    const item = document.paths?.[meta.openapi.path] as Record<string, Operation>
    const operation = item[meta.openapi.method.toLowerCase()]
    if (!operation) throw new Error(`${path} is missing in the OpenAPI document.`)
    completeRequest(operation, meta, schemas)
    completeResponses(operation, meta, schemas, responses)
  }
  Object.assign(schemas, problemSchemas())
  document.components = { ...document.components, schemas, responses } as NonNullable<Document['components']>
  return document
}

function completeRequest(operation: Operation, { idempotent, openapi }: RouteMeta, schemas: Schemas): void {
  const json = operation.requestBody?.content['application/json']
  if (json) {
    json.schema = { ...json.schema, additionalProperties: false }
    if (idempotent) delete json.schema.properties?.['idempotencyKey']
    json.example = exampleOf(json.schema, schemas)
  }
  if (!openapi.protect) operation.security = []
  if (idempotent) operation.parameters = [...(operation.parameters ?? []), idempotencyKeyHeader]
}

function completeResponses(operation: Operation, meta: RouteMeta, schemas: Schemas, shared: Responses): void {
  const { status = 200, idempotent } = meta
  const success = operation.responses['200'] as SuccessResponse
  const json = success.content['application/json']
  const isOrder = json.schema.$ref === '#/components/schemas/Order'
  const headers = { ...(idempotent ? replayedHeader : {}), ...(status === 201 && isOrder ? locationHeader : {}) }
  operation.responses = {
    [status]: {
      description: success.description,
      ...(Object.keys(headers).length > 0 ? { headers } : {}),
      content: { 'application/json': { ...json, example: exampleOf(json.schema, schemas) } },
    },
    ...refusals(operation, meta, shared),
  }
}

/** Every status that a call may be refused with, as references to responses that many operations share. */
function refusals(operation: Operation, { errors }: RouteMeta, shared: Responses): Record<string, object> {
  const ofBody: ProblemCode[] = operation.requestBody ? ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] : []
  const byStatus = Map.groupBy([...ALWAYS_POSSIBLE, ...ofBody, ...errors], (code) => problemStatus[code])
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const name = codes.map(pascalCase).join('Or')
      shared[name] ??= refusal(codes)
      return [status, { $ref: `#/components/responses/${name}` }]
    }),
  )
}

function refusal(codes: ProblemCode[]): object {
  const refs = codes.map((code) => ({ $ref: `#/components/schemas/${schemaName(code)}` }))
  const retryable = codes.some((code) => code === 'TOO_MANY_REQUESTS' || code === 'UNAVAILABLE')
  return {
    description: codes.map((code) => descriptions[code]).join(' '),
    ...(retryable ? { headers: retryAfterHeader } : {}),
    content: {
      'application/problem+json': {
        schema: refs.length === 1 ? refs[0] : { oneOf: refs },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }])),
      },
    },
  }
}

function problemSchemas(): Schemas {
  const codes = (Object.keys(problemDetails) as ProblemCode[]).filter((code) => code !== 'NOT_FOUND')
  return Object.fromEntries(codes.map((code) => [schemaName(code), problemSchema(code)]))
}

function problemSchema(code: ProblemCode): JsonSchema {
  const problem = z.object({
    type: z.literal(`urn:jumun:problem:${code}`),
    title: z.string(),
    status: z.literal(problemStatus[code]),
    detail: z.string(),
    code: z.literal(code),
    requestId: z.string(),
    ...problemDetails[code].shape,
  })
  const { $schema: _, ...schema } = z.toJSONSchema(problem, { reused: 'inline' })
  return schema as JsonSchema
}

function exampleProblem(code: ProblemCode): object {
  const details = exampleOf(z.toJSONSchema(problemDetails[code]) as JsonSchema, {}) as object
  return toProblem({ code, message: descriptions[code], details }, EXAMPLE_REQUEST_ID)
}

function schemaName(code: ProblemCode): string {
  return `${pascalCase(code)}Problem`
}

function pascalCase(code: ProblemCode): string {
  return code
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}

const descriptions: Record<ProblemCode, string> = {
  BAD_REQUEST: 'The input is not valid.',
  UNAUTHENTICATED: 'A token is missing, malformed, forged or expired.',
  FORBIDDEN: 'This token does not allow that.',
  NOT_FOUND: 'There is nothing here.',
  PRODUCT_NOT_FOUND: 'A product is not for sale.',
  ORDER_NOT_FOUND: 'There is no such order, or it is not yours.',
  OUT_OF_STOCK: 'Some products are short of stock.',
  INSUFFICIENT_POINTS: 'There are fewer points than it takes.',
  ORDER_NOT_PAYABLE: 'Only an order that is waiting for its payment can be paid.',
  ORDER_NOT_CANCELLABLE: 'This order has ended already.',
  CART_EMPTY: 'There is nothing in the cart.',
  PAYLOAD_TOO_LARGE: 'The body is larger than 256 kB.',
  UNSUPPORTED_MEDIA_TYPE: 'Send application/json.',
  POINT_LIMIT_EXCEEDED: 'The balance would grow beyond its limit.',
  IDEMPOTENCY_KEY_REUSED: 'This key was used for another request.',
  TOO_MANY_REQUESTS: 'Too many calls in this second.',
  INTERNAL: 'Something went wrong on our side.',
  UNAVAILABLE: 'Not available now; safe to repeat with the same key.',
}
