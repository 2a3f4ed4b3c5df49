import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { send, transports } from '../test-support/transports.ts'

const api = useApi()

const PATHS = { tRPC: '/trpc/product.create', REST: '/api/product' }

/** JSON of ASCII only, as Python's `json.dumps` writes it. */
function toAscii(json: string): string {
  return json.replace(/[^ -~\n]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

test.each(transports)(
  'product.create over %s takes 1,000 products with long Korean names, also escaped',
  async (via) => {
    const items = Array.from({ length: 1_000 }, (_, index) => {
      return {
        name: '뷁'.repeat(200),
        price: 1_000_000_000,
        stock: 1_000_000_000,
        key: `${via}${index}`.padEnd(64, '꿹'),
      }
    })
    const authorization = `Bearer ${await api.token('root', 'admin')}`
    const headers = { authorization, 'content-type': 'application/json' }
    for (const body of [JSON.stringify({ items }), toAscii(JSON.stringify({ items }, null, 2))]) {
      const { answer, text } = await send(api.url + PATHS[via], { method: 'POST', headers, body })
      expect(answer, text.slice(0, 300)).toMatchObject({ ids: { length: 1_000 } })
    }
  },
)

test.each(transports)('product.create over %s refuses bodies that no valid input needs', async (via) => {
  const authorization = `Bearer ${await api.token('root', 'admin')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const body = '{}'.padEnd(6_000_000)
  expectProblem(await send(api.url + PATHS[via], { method: 'POST', headers, body }), 'PAYLOAD_TOO_LARGE')
})

test('a batch has the usual limit, whatever it calls', async () => {
  const authorization = `Bearer ${await api.token('root', 'admin')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const url = `${api.url}/trpc/product.create,product.create?batch=1`
  expectProblem(await send(url, { method: 'POST', headers, body: '{}'.padEnd(300_000) }), 'PAYLOAD_TOO_LARGE')
})
