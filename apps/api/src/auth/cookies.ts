import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

type Request = Pick<FastifyRequest, 'headers' | 'protocol'>

/** A cookie that scripts cannot read. */
interface NewCookie {
  name: string
  /** Empty: the browser deletes it. */
  value: string
  seconds: number
  sameSite: 'strict' | 'lax'
}

/** Over https its name has the prefix `__Host-`, so that no other host and no page without TLS can set it. */
function nameOf(request: Request, name: string): string {
  return request.protocol === 'https' ? `__Host-${name}` : name
}

/** The value of a cookie; undefined if it is missing or empty. */
export function readCookie(request: Request, name: string): string | undefined {
  const { cookie } = request.headers
  return (cookie && parseCookie(cookie)[nameOf(request, name)]) || undefined
}

/** Sets a cookie. If it is called twice for a name, both cookies are sent, and the browser keeps the second one. */
export function setCookie(request: Request, reply: FastifyReply, { name, value, seconds, sameSite }: NewCookie): void {
  const cookie = stringifySetCookie({
    name: nameOf(request, name),
    value,
    maxAge: seconds,
    path: '/',
    httpOnly: true,
    secure: request.protocol === 'https',
    sameSite,
  })
  reply.header('set-cookie', cookie)
}

/** Deletes a cookie. */
export function deleteCookie(request: Request, reply: FastifyReply, name: string, sameSite: 'strict' | 'lax'): void {
  setCookie(request, reply, { name, value: '', seconds: 0, sameSite })
}
