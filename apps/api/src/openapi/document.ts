import {
  chapters,
  commonErrors,
  EXAMPLE_ORDER_ID,
  errorsOf,
  inputHeaders,
  MAX_AGE_MAX_SECONDS,
  mayBeStale,
  type ProblemCode,
  type Procedure,
  placeOf,
  procedures,
  takesIdempotencyKey,
} from '@jumun/contract'
import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import packageJson from '../../package.json' with { type: 'json' }
import { exampleOf } from './example.ts'
import { addIntegerFormat } from './integer-format.ts'
import { problemResponses } from './problem-responses.ts'
import { SESSION_TAG, sessionPaths } from './session-operations.ts'

const replayedHeader = {
  'Idempotent-Replayed': {
    description: '`true` when this is the first answer again',
    schema: { type: 'string', enum: ['true'] },
  },
} as const

const locationHeader = {
  Location: {
    description: 'Where the order can be read',
    schema: { type: 'string' },
    example: `/api/order/${EXAMPLE_ORDER_ID}`,
  },
} as const

const ageHeader = {
  Age: {
    description: 'How many seconds old the answer is at most; only where a replica answered',
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: MAX_AGE_MAX_SECONDS },
  },
} as const

/** The OpenAPI 3.1 document of the REST routes, made from the contract. */
export function openApiDocument() {
  const responses = problemResponses()
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Jumun',
      description:
        'An e-commerce order service: prepaid points, stock, and orders paid in one transaction.\n\n' +
        'Every refusal is an `application/problem+json` (RFC 9457) with a `code` of a closed set and its details.',
      version: packageJson.version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api' }],
    tags: [...chapters.map(({ name, description }) => ({ name, description })), SESSION_TAG],
    paths: { ...paths(responses.refsOf), ...sessionPaths(responses.refsOf) },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-jumun',
          description:
            'The session of a browser; over http the name is `jumun`. A call that changes something must come from a page of this ' +
            'origin and be JSON, or is `FORBIDDEN`. Where there is a bearer token too, that counts.',
        },
      },
      responses: responses.components,
    },
  }
  return createDocument(document, { override: ({ jsonSchema }) => addIntegerFormat(jsonSchema) })
}

type ResponseRefs = (codes: ProblemCode[]) => Record<string, { $ref: `#/components/responses/${string}` }>

function paths(refsOf: ResponseRefs): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const [name, procedure] of Object.entries(procedures)) {
    const { path, method } = procedure
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(name, procedure, refsOf) }
  }
  return paths
}

function operation(name: string, procedure: Procedure, refsOf: ResponseRefs): ZodOpenApiOperationObject {
  const { access, summary, description } = procedure
  const [group = ''] = name.split('.')
  const hasBody = Object.keys(fieldsIn(procedure, 'body')).length > 0
  const codes = [
    ...commonErrors,
    ...(hasBody ? (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...errorsOf(procedure),
  ]
  return {
    operationId: name.replace('.', '-'),
    summary,
    ...(description && { description }),
    tags: chapters.filter(({ groups }) => groups.some((one) => one === group)).map(({ name }) => name),
    security: access === 'anyone' ? [] : [...(access === 'topics' ? [{}] : []), { bearer: [] }, { session: [] }],
    requestParams: parameters(procedure),
    ...(hasBody && { requestBody: requestBody(procedure) }),
    responses: { ...success(procedure), ...refsOf(codes) },
  }
}

function parameters(procedure: Procedure) {
  const [path, query] = [fieldsIn(procedure, 'path'), fieldsIn(procedure, 'query')]
  const header = Object.entries(fieldsIn(procedure, 'header')).map(([name, schema]) => [
    inputHeaders[name as keyof typeof inputHeaders],
    schema,
  ])
  return {
    ...(Object.keys(path).length > 0 && { path: z.object(path) }),
    ...(Object.keys(query).length > 0 && { query: z.object(query) }),
    ...(header.length > 0 && { header: z.object(Object.fromEntries(header)) }),
  }
}

function requestBody(procedure: Procedure) {
  const { input, example } = procedure
  const schema = bodySchemas.get(input) ?? bodySchema(procedure)
  bodySchemas.set(input, schema)
  const sent = Object.entries(example).filter(([field]) => placeOf(procedure, field) === 'body')
  const others = Object.entries(example).filter(([field]) => placeOf(procedure, field) !== 'body')
  const required = !input.safeParse(Object.fromEntries(others)).success
  return { required, content: { 'application/json': { schema, example: Object.fromEntries(sent) } } }
}

/** Procedures that share an input share its body, since a component has one schema. */
const bodySchemas = new Map<z.ZodObject, z.ZodObject>()

/** The input, or, where some of its fields stand in the path or a header, a type of its own. */
function bodySchema(procedure: Procedure): z.ZodObject {
  const { input } = procedure
  const fields = fieldsIn(procedure, 'body')
  if (Object.keys(fields).length === Object.keys(input.shape).length) return input
  const { id = '', description } = z.globalRegistry.get(input) ?? {}
  return z.strictObject(fields).meta({ id: id.replace(/Input$/, 'Body'), description })
}

function success(procedure: Procedure) {
  const { status = 200, output, returns, stream } = procedure
  const hasLocation = status === 201 && output === procedures['order.place'].output
  const headers = {
    ...(takesIdempotencyKey(procedure) && replayedHeader),
    ...(hasLocation && locationHeader),
    ...(mayBeStale(procedure) && ageHeader),
  }
  return {
    [status]: {
      description: returns,
      ...(Object.keys(headers).length > 0 && { headers }),
      content: stream ? eventStream(output) : { 'application/json': { schema: output, example: exampleOf(output) } },
    },
  }
}

/** OpenAPI 3.1 has no schema for the events of a stream: this is one of them, as text. */
function eventStream(output: z.ZodType) {
  const data = JSON.stringify(exampleOf(output))
  return {
    'text/event-stream': {
      schema: { type: 'string', description: 'Events, each of them some lines and an empty line' },
      example: `event: change\nid: 1.u4h.k3x9a.2s.1\ndata: ${data}\n\n`,
    },
  } as const
}

function fieldsIn(procedure: Procedure, place: ReturnType<typeof placeOf>): Record<string, z.ZodType> {
  const fields = Object.entries(procedure.input.shape as Record<string, z.ZodType>)
  return Object.fromEntries(fields.filter(([field]) => placeOf(procedure, field) === place))
}
