import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../src/openapi/document.ts'

interface Operation {
  servers?: { url: string }[]
  parameters?: { in: string }[]
  requestBody?: { required?: boolean; content: Record<string, { example?: unknown }> }
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>
}

const document = openApiDocument()
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(
    ([method, operation]) => [`${method.toUpperCase()} ${operation.servers ? '' : '/api'}${path}`, operation] as const,
  ),
)

test('the committed document equals the one generated from the contract', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../../../docs/openapi.json')
})

test('the document passes the linter', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

test('the document is OpenAPI 3.1', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/)
})

test('the document has exactly the required paths', () => {
  expect(operations.map(([route]) => route).toSorted()).toEqual([
    'DELETE /api/cart',
    'DELETE /api/cart/{productId}',
    'DELETE /api/product/{productId}',
    'DELETE /session',
    'GET /api/admin/audit',
    'GET /api/admin/member',
    'GET /api/admin/order',
    'GET /api/admin/order/{orderId}/timeline',
    'GET /api/admin/outbox',
    'GET /api/admin/outbox/event/{eventId}',
    'GET /api/admin/outbox/reasons',
    'GET /api/admin/product',
    'GET /api/admin/pulse',
    'GET /api/admin/system',
    'GET /api/cart',
    'GET /api/changes',
    'GET /api/events',
    'GET /api/order',
    'GET /api/order/{orderId}',
    'GET /api/point/{memberId}',
    'GET /api/point/{memberId}/history',
    'GET /api/popular/product',
    'GET /api/product',
    'GET /api/product/{productId}',
    'GET /api/product/{productId}/adjustments',
    'GET /session',
    'PATCH /api/point/charge',
    'PATCH /api/point/use',
    'PATCH /api/product/{productId}',
    'POST /api/admin/outbox/replay',
    'POST /api/admin/product/keys',
    'POST /api/admin/reconcile',
    'POST /api/cart',
    'POST /api/cart/checkout',
    'POST /api/order',
    'POST /api/order/{orderId}/cancel',
    'POST /api/pay',
    'POST /api/product',
    'POST /session',
    'PUT /api/cart',
  ])
})

test.each(operations.filter(([, { responses }]) => !responses['204']))(
  '%s has examples of its request and response',
  (_route, operation) => {
    for (const body of Object.values(operation.requestBody?.content ?? {})) expect(body.example).toBeDefined()
    const answers = ['200', '201'].flatMap((status) => Object.values(operation.responses[status]?.content ?? {}))
    expect(answers).toHaveLength(1)
    expect(answers[0]?.example).toBeDefined()
  },
)

interface Schema extends Record<string, unknown> {
  type?: string
  format?: string
  minimum?: number
  maximum?: number
  const?: number
  example?: number
}

/** Every schema of a number or integer, anywhere in the document. */
function numbersIn(value: unknown): Schema[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(numbersIn)
  const { type } = value as Schema
  return type === 'integer' || (type === 'number' && 'const' in value) ? [value as Schema, ...below] : below
}

test('an integer is int64 where a value may pass 2³¹, and int32 elsewhere', () => {
  for (const number of numbersIn(document)) {
    const { type, format, minimum = number.const ?? -Infinity, maximum = number.const ?? Infinity } = number
    const fits = minimum >= -(2 ** 31) && maximum < 2 ** 31
    expect({ type, format }, JSON.stringify(number)).toEqual({ type: 'integer', format: fits ? 'int32' : 'int64' })
  }
  const schemas = (document.components?.schemas ?? {}) as Record<string, { properties: Record<string, Schema> }>
  const formatOf = (path: string) => {
    const [name = '', field = ''] = path.split('.')
    return schemas[name]?.properties[field]?.format
  }
  const wide = ['PointBalance.balance', 'Order.total', 'OrderItem.amount', 'Product.stock', 'PointEntry.id']
  const narrow = ['OrderItem.unitPrice', 'Quantity.quantity', 'Quantity.productId', 'NewProduct.stock']
  expect(new Set(wide.map(formatOf))).toEqual(new Set(['int64']))
  expect(new Set(narrow.map(formatOf))).toEqual(new Set(['int32']))
})

test('the reference prefills no idempotency key, which would make the second order a replay of the first', () => {
  const keys = operations.flatMap(([, { parameters = [] }]) => parameters.filter(({ in: place }) => place === 'header'))
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) expect(JSON.stringify(key)).not.toMatch(/"examples?"|"default"/)
})

test('a body is required where a call without one is refused, and only there', () => {
  const optional = operations.filter(([, { requestBody }]) => requestBody?.required === false).map(([route]) => route)
  expect(optional).toEqual(['POST /api/order/{orderId}/cancel', 'POST /api/admin/reconcile'])
})
