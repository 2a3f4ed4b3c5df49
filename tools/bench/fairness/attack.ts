import { Agent, request } from 'undici'
import { type AttackOptions, ITEMS } from './options.ts'

/**
 * One attacker in a process of its own, so that it shares no event loop with the victim. Its argument is the options as JSON. It
 * attacks until it is killed, and waits for no answer before it sends the next request.
 */

const options = JSON.parse(process.argv[2] ?? '') as AttackOptions
const dispatcher = new Agent({ connections: 64 })
const items = Array.from({ length: ITEMS }, (_, index) => ({ productId: index + 1, quantity: 1 }))

interface Call {
  method?: 'GET' | 'POST'
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** Default: the attacker's token. */
  anonymous?: boolean
}

async function send({ method = 'GET', path, body, headers, anonymous = false }: Call): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const reply = await request(`${options.url}${path}`, {
    method,
    dispatcher,
    headers: {
      ...(anonymous ? {} : { authorization: `Bearer ${options.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: text }),
  })
  const answer = await reply.body.text()
  return reply.statusCode < 300 ? JSON.parse(answer) : undefined
}

/** Calls `work` at this rate. Ignores refusals and broken connections. */
function repeat(perSecond: number, work: () => Promise<unknown>): void {
  setInterval(() => void work().catch(() => {}), 1_000 / perSecond)
}

const anyLetter = () => String.fromCharCode(97 + Math.floor(Math.random() * 26))

/** The attacks by the names of the cases, which docs/benchmarks.md describes. */
const attacks: Record<string, () => void> = {
  list: () => repeat(2, () => send({ path: `/api/order?memberId=${options.memberId}&limit=100` })),
  search: () => repeat(20, () => send({ path: `/api/product?search=${anyLetter()}${anyLetter()}`, anonymous: true })),
  popular: () => {
    for (let days = 1; days <= 30; days++) void send({ path: `/api/popular/product?days=${days}`, anonymous: true })
    setInterval(() => {}, 1_000)
  },
  orders: () => {
    const placed: string[] = []
    repeat(50, async () => {
      const order = await send({ method: 'POST', path: '/api/order', body: { memberId: options.memberId, items } })
      if (order) placed.push((order as { id: string }).id)
    })
    repeat(50, async () => {
      const id = placed.shift()
      if (id !== undefined) await send({ method: 'POST', path: `/api/order/${id}/cancel`, body: {} })
    })
  },
  bodies: () => {
    const body = JSON.stringify({ memberId: 'nobody', items: [], padding: 'x'.repeat(255_000) })
    repeat(20, () => send({ method: 'POST', path: '/api/order', body, anonymous: true }))
  },
  unpaid: () => {
    const all = items.map((item) => ({ ...item, quantity: options.stock }))
    const order = { memberId: options.memberId, items: all, payment: 'later' }
    repeat(1, () => send({ method: 'POST', path: '/api/order', body: order }))
  },
  // The overdue orders are made by the benchmark.
  expiry: () => void setInterval(() => {}, 1_000),
  ipv6: () => {
    let number = 0
    repeat(1_000, () => {
      number = (number + 1) % 40
      const headers = { 'x-forwarded-for': `2001:db8::${number + 1}` }
      return send({ path: '/api/product?limit=100', headers, anonymous: true })
    })
  },
}

attacks[options.name]?.()
