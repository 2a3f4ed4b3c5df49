import { type ProblemCode, type ProblemDetails, problems } from '@jumun/contract'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { createJumunClient, type JumunClientOptions } from '../src/index.ts'

export const API_URL = 'http://jumun.test'

/** One HTTP request of the client, with the calls that it carried. */
export interface SeenRequest {
  calls: { path: string; input: Record<string, unknown> }[]
  batched: boolean
  authorization: string | null
  /** When it came, in milliseconds. */
  at: number
}

/** How the API answers one HTTP request: the same for each call in it. */
export type Answer = (request: SeenRequest) => Response | Promise<Response>

/** The data that each call is answered with. */
export function data(value: unknown): Answer {
  return ({ calls, batched }) => {
    const results = calls.map(() => ({ result: { data: value } }))
    return HttpResponse.json(batched ? results : results[0])
  }
}

/** A refusal, as the API answers it in a batch. */
export function refusal<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): Answer {
  const status = problems[code].status
  const problem = { type: 't', title: 't', status, detail: `It is ${code}.`, code, requestId: 'r-1', ...details }
  const error = { message: problem.detail, code: -32_600, data: { code, httpStatus: status, problem } }
  return ({ calls }) =>
    HttpResponse.json(
      calls.map(() => ({ error })),
      { status },
    )
}

/** The connection breaks before an answer. */
export const networkError: Answer = () => HttpResponse.error()

/** Any reply at all. */
export function reply(body: string, init?: ResponseInit): Answer {
  return () => new HttpResponse(body, init)
}

/** An answer that never comes. */
export const silence: Answer = () => new Promise(() => {})

/** An API whose answers each test decides: one a request, in this order. */
export function useFakeApi() {
  const requests: SeenRequest[] = []
  let answers: Answer[] = []
  let standing: Answer | undefined
  let unforeseen: string[] = []
  const server = setupServer(
    http.all(`${API_URL}/trpc/:paths`, async ({ request }) => {
      const seen = await see(request)
      requests.push(seen)
      const answer = answers.shift() ?? standing
      if (answer) return answer(seen)
      unforeseen.push(request.url)
      return new HttpResponse(null, { status: 418 })
    }),
    http.all('*', ({ request }) => {
      unforeseen.push(request.url)
      return HttpResponse.error()
    }),
  )
  beforeAll(() => server.listen())
  afterAll(() => server.close())
  beforeEach(() => {
    requests.length = 0
    answers = []
    standing = undefined
    unforeseen = []
  })
  afterEach(() => {
    expect(unforeseen).toEqual([])
    expect(answers).toEqual([])
  })
  return {
    requests,
    answer: (...more: Answer[]) => answers.push(...more),
    /** Answers every request. */
    answerAll: (answer: Answer) => {
      standing = answer
    },
    client: (options?: Partial<JumunClientOptions>) => createJumunClient({ url: API_URL, token: 'a.b.c', ...options }),
  }
}

async function see(request: Request): Promise<SeenRequest> {
  const { pathname, searchParams } = new URL(request.url)
  const text = request.method === 'GET' ? searchParams.get('input') : await request.text()
  const content: Record<string, unknown> = JSON.parse(text ?? '{}')
  const batched = searchParams.has('batch')
  const inputs = batched ? Object.values(content) : [content]
  const paths = decodeURIComponent(pathname.slice('/trpc/'.length)).split(',')
  return {
    calls: paths.map((path, index) => ({ path, input: inputs[index] as Record<string, unknown> })),
    batched,
    authorization: request.headers.get('authorization'),
    at: performance.now(),
  }
}
