import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../src/openapi/document.ts'

interface Operation {
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>
}

const document = openApiDocument()
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(
    ([method, operation]) => [`${method.toUpperCase()} /api${path}`, operation] as const,
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
    'GET /api/admin/audit',
    'GET /api/admin/outbox',
    'GET /api/cart',
    'GET /api/order',
    'GET /api/order/{orderId}',
    'GET /api/point/{memberId}',
    'GET /api/point/{memberId}/history',
    'GET /api/popular/product',
    'GET /api/product',
    'GET /api/product/{productId}',
    'PATCH /api/point/charge',
    'PATCH /api/point/use',
    'PATCH /api/product/{productId}',
    'POST /api/admin/outbox/replay',
    'POST /api/admin/reconcile',
    'POST /api/cart',
    'POST /api/cart/checkout',
    'POST /api/order',
    'POST /api/order/{orderId}/cancel',
    'POST /api/pay',
    'POST /api/product',
    'PUT /api/cart',
  ])
})

test.each(operations)('%s has examples of its request and response', (_route, operation) => {
  for (const body of Object.values(operation.requestBody?.content ?? {})) expect(body.example).toBeDefined()
  const answers = ['200', '201'].flatMap((status) => Object.values(operation.responses[status]?.content ?? {}))
  expect(answers).toHaveLength(1)
  expect(answers[0]?.example).toBeDefined()
})
