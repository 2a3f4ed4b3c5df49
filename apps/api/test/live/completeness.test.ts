import { useApi } from '@jumun/test-kit/api'
import { inParallel } from '@jumun/test-kit/parallel'
import { expect, test } from 'vitest'
import { openStream } from '../../test-support/event-stream.ts'

const api = useApi()
const READERS = 6
const WRITERS = 6
const WRITES = 12

/** Reads until a product of this id was created, over streams that are cut at random. */
async function readInPieces(after: string, lastProduct: Promise<number>, door: (after: string) => Promise<string>) {
  const token = await api.token('operator', 'admin')
  const ids: string[] = []
  let end: number | undefined
  void lastProduct.then((id) => {
    end = id
  })
  for (let cursor = after; ; ) {
    const stream = await openStream(api, await door(cursor), { token, lastEventId: cursor })
    for (let left = Math.ceil(Math.random() * 20); left > 0; left--) {
      const { event, id, data } = (await stream.next()) ?? expect.unreachable()
      if (event === 'connected') continue
      cursor = id ?? expect.unreachable()
      const change = JSON.parse(data)
      ids.push(change.id)
      if (change.type === 'product.created' && change.data.product.id === end) {
        stream.cut()
        return ids
      }
    }
    stream.cut()
  }
}

test('readers that are cut and resumed get exactly the committed changes, once and in one order', async () => {
  const token = await api.token('operator', 'admin')
  const first = await fetch(`${api.url}/api/changes`, { headers: { authorization: `Bearer ${token}` } })
  const { nextCursor } = (await first.json()) as { nextCursor: string }
  const { promise: lastProduct, resolve } = Promise.withResolvers<number>()
  const doors = [
    async () => '/api/events',
    async () => '/trpc/live.changes',
    async (after: string) => `/api/events?after=${after}`,
  ]
  const reading = inParallel(READERS, (index) =>
    readInPieces(nextCursor, lastProduct, doors[index % doors.length] ?? expect.unreachable()),
  )
  const products = await Promise.all([api.shop.product({ stock: 10_000 }), api.shop.product({ stock: 10_000 })])
  await inParallel(WRITERS, async (writer) => {
    const memberId = await api.shop.member()
    for (let write = 0; write < WRITES; write++) {
      const [productId] = writer % 2 ? products : products.toReversed()
      await api.shop.place({ memberId, items: [{ productId: productId ?? 0, quantity: 1 }] })
    }
  })
  resolve(await api.shop.product())
  const results = (await reading).map((result) => (result.status === 'fulfilled' ? result.value : result.reason))
  const rows = await api.services.em.execute<{ id: string }[]>(
    `select event->>'id' as id from change, json_array_elements(events) event`,
  )
  const [one] = results
  expect(one.toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
  for (const other of results) expect(other).toEqual(one)
})
