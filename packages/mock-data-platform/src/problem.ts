import { STATUS_CODES } from 'node:http'

/**
 * An error as `application/problem+json` (RFC 9457).
 *
 * @param status 400–599
 * @param detail explains this error to a person
 */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Unknown', status, detail }
  return Response.json(body, { status, headers: { ...headers, 'content-type': 'application/problem+json' } })
}
