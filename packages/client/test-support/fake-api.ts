import { type ProblemCode, type ProblemDetails, problems } from '@jumun/contract'
import { afterEach, beforeEach, expect } from 'vitest'
import { createJumunClient, type Fetch, type JumunClientOptions } from '../src/index.ts'

export const API_URL = 'http://jumun.test'

/** One HTTP request of the client, with the calls in it. */
export interface SeenRequest {
  calls: { path: string; input: Record<string, unknown> }[]
  batched: boolean
  authorization: string | null
  /** When it arrived, as a value of `performance.now()`. */
  at: number
}

/** Replies to one HTTP request: the same result for each call in it. */
export type Responder = (request: SeenRequest) => Response | Promise<Response>

/** Returns this data for each call. */
export function data(value: unknown): Responder {
  return ({ calls, batched }) => {
    const results = calls.map(() => ({ result: { data: value } }))
    return Response.json(batched ? results : results[0])
  }
}

/** Returns a problem for each call, as the API does in a batch. */
export function problem<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): Responder {
  const status = problems[code].status
  const problem = { type: 't', title: 't', status, detail: `It is ${code}.`, code, requestId: 'r-1', ...details }
  const error = { message: problem.detail, code: -32_600, data: { code, httpStatus: status, problem } }
  return ({ calls }) =>
    Response.json(
      calls.map(() => ({ error })),
      { status },
    )
}

/** Breaks the connection before the reply. */
export const networkError: Responder = () => {
  throw new TypeError('fetch failed', { cause: new Error('other side closed') })
}

/** Refuses the connection, as Node reports it: nothing was sent. */
export const refusedConnection: Responder = () => {
  const errors = ['::1', '127.0.0.1'].map((address) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}:1`), { code: 'ECONNREFUSED', syscall: 'connect' }),
  )
  throw new TypeError('fetch failed', { cause: Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' }) })
}

/** Returns any reply. */
export function reply(body: string, init?: ResponseInit): Responder {
  return () => new Response(body, init)
}

/** Never replies. */
export const silence: Responder = () => new Promise(() => {})

/** An API whose replies each test sets: one for each request, in this order. */
export function useFakeApi() {
  const requests: SeenRequest[] = []
  let responders: Responder[] = []
  let fallback: Responder | undefined
  let unexpected: string[] = []
  const fetch: Fetch = async (url, init = {}) => {
    init.signal?.throwIfAborted()
    const request = see(url, init)
    requests.push(request)
    const respond = url.startsWith(`${API_URL}/trpc/`) ? (responders.shift() ?? fallback) : undefined
    if (respond) return Promise.race([respond(request), abortion(init.signal)])
    unexpected.push(url)
    return new Response(null, { status: 418 })
  }
  beforeEach(() => {
    requests.length = 0
    responders = []
    fallback = undefined
    unexpected = []
  })
  afterEach(() => {
    expect(unexpected).toEqual([])
    expect(responders).toEqual([])
  })
  return {
    requests,
    fetch,
    respond: (...more: Responder[]) => responders.push(...more),
    /** Sets the reply to all further requests. */
    respondToAll: (responder: Responder) => {
      fallback = responder
    },
    client: (options?: Partial<JumunClientOptions>) =>
      createJumunClient({ url: API_URL, token: 'a.b.c', fetch, ...options }),
  }
}

function abortion(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}

/** Reads a request. `Request` checks its address and headers as a real `fetch` does. */
function see(url: string, init: RequestInit): SeenRequest {
  const { headers, method } = new Request(url, init)
  const { pathname, searchParams } = new URL(url)
  const text = method === 'GET' ? searchParams.get('input') : String(init.body)
  const content: Record<string, unknown> = JSON.parse(text ?? '{}')
  const batched = searchParams.has('batch')
  const inputs = batched ? Object.values(content) : [content]
  const paths = decodeURIComponent(pathname.slice('/trpc/'.length)).split(',')
  return {
    calls: paths.map((path, index) => ({ path, input: inputs[index] as Record<string, unknown> })),
    batched,
    authorization: headers.get('authorization'),
    at: performance.now(),
  }
}
