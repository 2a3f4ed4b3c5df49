import { STATUS_CODES } from 'node:http'

/** An error, with status 400–599 and a detail for people, as `application/problem+json` (RFC 9457). */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Unknown', status, detail }
  return Response.json(body, { status, headers: { ...headers, 'content-type': 'application/problem+json' } })
}
