import { JumunError, type JumunErrorCode, type JumunErrorDetails } from '@jumun/client'
import { expect, test } from 'vitest'
import { explain } from '../src/failure.ts'

function refusal<Code extends JumunErrorCode>(code: Code, details: JumunErrorDetails<Code>, idempotencyKey?: string) {
  return new JumunError({ code, message: 'No.', details, requestId: 'r-1', idempotencyKey })
}

const shortages = [
  { productId: 1, requested: 5, available: 2 },
  { productId: 2, requested: 1, available: 0 },
]
const issues = [
  { path: ['items', 0, 'name'], message: 'is too long' },
  { path: [], message: 'says nothing' },
]

test.each([
  ['No. (items.0.name: is too long; says nothing)', 2, refusal('BAD_REQUEST', { issues })],
  [
    'No. (product 1: 5 requested, 2 available; product 2: 1 requested, 0 available)',
    1,
    refusal('OUT_OF_STOCK', { shortages }),
  ],
  ['No. (balance 1, required 2)', 1, refusal('INSUFFICIENT_POINTS', { balance: 1, required: 2 })],
  ['No. (balance 1, limit 2)', 1, refusal('POINT_LIMIT_EXCEEDED', { balance: 1, limit: 2 })],
  ['No. (give a token with --token or JUMUN_TOKEN)', 1, refusal('UNAUTHENTICATED', {})],
  ['No. (request id r-1)', 1, refusal('INTERNAL', {})],
  ['No.', 1, refusal('FORBIDDEN', {})],
  ['No. (whether it was done is not known)', 3, refusal('UNREACHABLE', {})],
  [
    'No. (whether it was done is not known; with --key k it can be repeated and is done once)',
    3,
    refusal('UNAVAILABLE', { retryAfterSeconds: 1 }, 'k'),
  ],
  ['unforeseen', 1, new Error('unforeseen')],
])('error: %s exits with %d', (line, exitCode, error) => {
  expect(explain(error)).toEqual({ line: `error: ${line}`, exitCode })
})

test('control characters of a message are shown as escapes, on one line', () => {
  expect(explain(new Error('a\u001b[31m\r\nb\u009bc\n')).line).toBe('error: a\\u001b[31m\\u000d\\u000ab\\u009bc')
})
