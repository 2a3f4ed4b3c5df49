import type { ProcedureName } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { waitFor } from '@jumun/test-kit/wait-for'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember, newOrder, newProduct } from '../test-support/fixtures.ts'
import { call, type Transport, transports } from '../test-support/transports.ts'

const api = useApi({ platform: 'mock' })

async function ask(name: ProcedureName, input: Record<string, unknown>, via: Transport = 'tRPC') {
  return call({ url: api.url, via, name, input, token: await api.token('operator', 'admin') })
}

/** Every id that the data platform has. */
async function idsOnPlatform(): Promise<string[]> {
  const response = await fetch(`${api.platform.url}/v1/orders?limit=1000`)
  const { items } = (await response.json()) as { items: { orderId: string }[] }
  return items.map(({ orderId }) => orderId)
}

test.each(transports)(
  'over %s, an order id in capitals is the same order, stored and sent in lower case',
  async (via) => {
    const memberId = await newMember(api)
    const { id } = await newOrder(api, { memberId, productId: await newProduct(api), payment: 'later' })
    const orderId = id.toUpperCase()
    const before = await idsOnPlatform()

    const paid = await ask('payment.pay', { orderId, idempotencyKey: 'pay' }, via)
    expect(paid.answer).toMatchObject({ id, status: 'PAID' })
    expect((await ask('payment.pay', { orderId: id, idempotencyKey: 'pay' }, via)).answer).toEqual(paid.answer)
    expect((await ask('order.byId', { orderId }, via)).answer).toEqual(paid.answer)
    const again = await ask('payment.pay', { orderId }, via)
    expectProblem(again, 'ORDER_NOT_PAYABLE')
    expect(again.problem).toMatchObject({ orderId: id })
    expect((await ask('order.cancel', { orderId }, via)).answer).toMatchObject({ id, status: 'CANCELLED' })

    await waitFor(async () => {
      const { answer } = await ask('outbox.list', { state: 'waiting' })
      return (answer as { items: object[] }).items.length === 0
    })
    expect(await idsOnPlatform()).toEqual([...before, id].sort())
    expect((await ask('admin.reconcile', { graceSeconds: 0 })).answer).toMatchObject({
      compared: before.length + 1,
      differences: [],
    })
  },
)

const nfc = '한라봉 초콜릿'
const nfd = nfc.normalize('NFD')

test.each(transports)('over %s, a product is the same one, and found, in NFC and in NFD', async (via) => {
  const named = (name: string, key = name) => ({ name: `${via} ${name}`, price: 1, stock: 1, key: `${via} ${key}` })
  const [first, second] = [
    await ask('product.create', { items: [named(nfd)] }, via),
    await ask('product.create', { items: [named(`${nfc}\u3000`, nfc)] }, via),
  ]
  expect(second.answer).toEqual({ ...(first.answer as object), existing: 1 })
  const {
    ids: [productId],
  } = first.answer as { ids: number[] }
  for (const search of [`${via} ${nfc}`, `${via} ${nfd}`, `\u3000${via} ${nfd} `]) {
    const { answer } = await ask('product.list', { search }, via)
    expect(answer).toMatchObject({ items: [{ id: productId, name: `${via} ${nfc}` }] })
  }
  const renamed = await ask('product.update', { productId, name: `\u00a0${'각'.repeat(200).normalize('NFD')}` }, via)
  expect(renamed.answer).toMatchObject({ name: '각'.repeat(200) })
  for (const name of ['   ', '\u3000', '\u200b', '\ufeff'])
    expectProblem(await ask('product.update', { productId, name }, via), 'BAD_REQUEST')
})
