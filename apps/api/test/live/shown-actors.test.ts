import type { Change } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { Part } from '../../src/live/part.ts'
import { hidesActor } from '../../src/live/shown-actor.ts'
import { filterFor } from '../../src/live/topics.ts'
import { eventsWire } from '../../src/live/wires.ts'
import { openStream } from '../../test-support/event-stream.ts'
import { call } from '../../test-support/transports.ts'

const api = useApi()

type Seen = Pick<Change, 'type' | 'actor'>
/** The last change of what the operator and the member do below. */
const isLast = ({ type }: Seen) => type === 'product.removed'

const tokens = {
  nobody: async () => undefined,
  mina: () => api.token('mina'),
  jun: () => api.token('jun'),
  'other-operator': () => api.token('other-operator', 'admin'),
}
type Who = keyof typeof tokens

async function readPage(who: Who, after: string): Promise<Seen[]> {
  return untilLast(async function* () {
    for (let cursor = after; ; ) {
      const { answer } = await call({
        url: api.url,
        via: 'REST',
        name: 'live.list',
        input: { after: cursor, wait: 20 },
        token: await tokens[who](),
      })
      const { items, nextCursor } = answer as { items: Seen[]; nextCursor: string }
      yield* items
      cursor = nextCursor
    }
  })
}

const readStream = (path: (after: string) => string) => async (who: Who, after: string) => {
  const stream = await openStream(api, path(after), { token: await tokens[who]() })
  const seen = await untilLast(async function* () {
    for (let event = await stream.next(); event; event = await stream.next())
      if (event.data.startsWith('{"id"')) yield JSON.parse(event.data) as Seen
  })
  stream.cut()
  return seen
}

async function untilLast(changes: () => AsyncGenerator<Seen>): Promise<Seen[]> {
  const seen: Seen[] = []
  for await (const change of changes()) {
    seen.push(change)
    if (isLast(change)) break
  }
  return seen
}

const doors = {
  'live.list': readPage,
  'GET /api/events': readStream((after) => `/api/events?after=${after}`),
  'the subscription': readStream(
    (after) => `/trpc/live.changes?input=${encodeURIComponent(JSON.stringify({ after }))}`,
  ),
}

test.each(Object.keys(doors) as (keyof typeof doors)[])(
  'over %s admins see who made a change, a member sees only itself, and others see nobody',
  async (door) => {
    const { nextCursor: after } = await api.client('operator', 'admin').live.list.query({})
    const operator = api.client('operator', 'admin')
    const productId = await api.shop.product()
    await operator.point.charge.mutate({ memberId: 'mina', amount: 50_000 })
    const { id } = await api.client('mina').order.place.mutate({
      memberId: 'mina',
      items: [{ productId, quantity: 1 }],
    })
    await operator.order.cancel.mutate({ orderId: id })
    await operator.product.update.mutate({ productId, name: 'Another name', stockDelta: -1 })
    await operator.product.remove.mutate({ productId })
    const read = async (who: Who) => {
      const seen = await doors[door](who, after)
      return {
        actors: new Set(seen.map(({ actor }) => actor)),
        types: seen.filter(({ actor }) => actor !== null).map(({ type }) => type),
      }
    }
    const [nobody, mina, jun, other] = await Promise.all([
      read('nobody'),
      read('mina'),
      read('jun'),
      read('other-operator'),
    ])
    expect(nobody.actors).toEqual(new Set([null]))
    expect(jun.actors).toEqual(new Set([null]))
    expect(mina.actors).toEqual(new Set([null, 'mina']))
    expect(mina.types.toSorted()).toEqual(['order.paid', 'order.placed', 'points.changed'])
    expect(other.actors).toEqual(new Set([null, 'operator', 'mina']))
    const ofOperator = ['order.cancelled', 'points.changed', 'product.updated', 'product.removed', 'stock.changed']
    expect(other.types).toEqual(expect.arrayContaining(ofOperator))
  },
)

const member = (memberId: string) => ({ memberId, role: 'member' as const, expiresAt: 0 })

test('members who made no change of a part share its bytes', () => {
  const data = { productId: 1, quantity: 1, reason: 'correction' } as const
  const change: Change = { id: 'a', at: '2026-01-15T03:00:00.000Z', type: 'stock.changed', actor: 'mina', data }
  const part = Part.of({ items: [{ cursor: '1.0.1.1.1', change }], next: '1.1.1.0.0', more: false })
  const bytes = (id?: string) =>
    part.bytes(filterFor(id === undefined ? undefined : member(id), ['products']), eventsWire)
  expect(bytes('jun')).toBe(bytes('hana'))
  expect(bytes('jun')).toBe(bytes())
  expect(bytes('jun').toString()).toContain('"actor":null')
  expect(bytes('mina').toString()).toContain('"actor":"mina"')
  expect(hidesActor({ ...change, actor: null }, 'jun')).toBe(false)
})
