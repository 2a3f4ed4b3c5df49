import { isQuery, type Problem, type ProcedureName, placeOf as placeIn, procedures } from '@jumun/contract'

export const transports = ['tRPC', 'REST'] as const
export type Transport = (typeof transports)[number]

/** The fields of an input as raw JSON, so that a test can send text that JSON.stringify never writes. */
export type RawFields = [name: string, json: string][]

export interface Call {
  url: string
  via: Transport
  name: ProcedureName
  /** Values, or JSON text that is sent unchanged. */
  input: Record<string, unknown> | RawFields
  token?: string | undefined
  headers?: Record<string, string>
}

/** A response; it has either `answer` or `problem`. */
export interface Reply {
  status: number
  headers: Headers
  text: string
  answer?: unknown
  problem?: Problem
}

/** Calls a procedure over either transport. */
export async function call(options: Call): Promise<Reply> {
  const fields = rawFields(options.input)
  const { path, ...init } =
    options.via === 'tRPC' ? trpcRequest(options.name, fields) : restRequest(options.name, fields)
  const authorization = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  return send(options.url + path, {
    ...init,
    headers: { ...init.headers, ...authorization, ...options.headers },
  })
}

/** Calls a procedure and measures how long the reply takes. */
export async function timedCall(options: Call): Promise<{ reply: Reply; ms: number }> {
  const started = performance.now()
  return { reply: await call(options), ms: performance.now() - started }
}

/** Sends a request and parses the reply as tRPC or REST, by its path. */
export async function send(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init)
  const text = await response.text()
  const { status, headers } = response
  const common = { status, headers, text }
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  const isTrpc =
    new URL(url).pathname.startsWith('/trpc/') && headers.get('content-type')?.startsWith('application/json')
  if (!isTrpc) {
    return response.ok ? { ...common, answer: json } : { ...common, problem: json as Problem }
  }
  const [first] = Array.isArray(json) ? json : [json]
  const { result, error } = first as { result?: { data: unknown }; error?: { data: { problem: Problem } } }
  return error ? { ...common, problem: error.data.problem } : { ...common, answer: result?.data }
}

/** Where a field of an input stands in a REST request. */
export function placeOf(name: ProcedureName, field: string) {
  return placeIn(procedures[name], field)
}

interface HttpRequest {
  path: string
  method: string
  headers: Record<string, string>
  body?: string
}

function rawFields(input: Call['input']): RawFields {
  if (Array.isArray(input)) return input
  return Object.entries(input).map(([name, value]) => [name, JSON.stringify(value)])
}

const JSON_BODY = { 'content-type': 'application/json' }

function trpcRequest(name: ProcedureName, fields: RawFields): HttpRequest {
  const body = toObject(fields)
  if (!isQuery(procedures[name])) return { path: `/trpc/${name}`, method: 'POST', headers: JSON_BODY, body }
  return { path: `/trpc/${name}?input=${encodeURIComponent(body)}`, method: 'GET', headers: {} }
}

function restRequest(name: ProcedureName, fields: RawFields): HttpRequest {
  const { method, path: pattern } = procedures[name]
  const at = (place: string) => fields.filter(([field]) => placeOf(name, field) === place)
  const path = `/api${pattern}`.replace(/\{(\w+)\}/g, (_, field) => encodeURIComponent(textOf(at('path'), field)))
  const query = at('query').map(([field, json]) => `${encodeURIComponent(field)}=${encodeURIComponent(inQuery(json))}`)
  const headers = Object.fromEntries(at('header').map(([, json]) => ['idempotency-key', toText(json)]))
  const search = query.length > 0 ? `?${query.join('&')}` : ''
  const body = ['GET', 'DELETE'].includes(method) ? {} : { body: toObject(at('body')) }
  return { path: path + search, method, headers: { ...headers, ...('body' in body ? JSON_BODY : {}) }, ...body }
}

/** A list of strings stands in a URL with commas. Its other items stay JSON: an object may have a `toString` of its own. */
function inQuery(json: string): string {
  if (!/^\["/.test(json)) return toText(json)
  const items = JSON.parse(json) as unknown[]
  return items.map((item) => toText(JSON.stringify(item))).join()
}

function textOf(fields: RawFields, name: string): string {
  const [, json] = fields.find(([field]) => field === name) ?? []
  return json === undefined ? '' : toText(json)
}

/** A string without quotes, and without lone surrogates, which a URL cannot hold; anything else as JSON. */
function toText(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string).toWellFormed() : json
}

function toObject(fields: RawFields): string {
  return `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`
}
