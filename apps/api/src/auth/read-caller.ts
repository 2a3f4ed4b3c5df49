import { DomainError } from '@jumun/domain'
import type { Caller, VerifyToken } from './tokens.ts'

/**
 * Reads who sends a request. Returns undefined without a token, and returns (not throws) an error if the token is not valid or cannot be
 * verified now.
 *
 * @param authorization the header
 */
export async function readCaller(
  authorization: string | undefined,
  verifyToken: VerifyToken,
): Promise<Caller | undefined | DomainError<'UNAUTHENTICATED' | 'UNAVAILABLE'>> {
  if (authorization === undefined) return undefined
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization) ?? []
  if (token === undefined) return unauthenticated()
  try {
    return await verifyToken(token)
  } catch (error) {
    return error instanceof DomainError && error.code === 'UNAVAILABLE' ? error : unauthenticated()
  }
}

function unauthenticated(): DomainError<'UNAUTHENTICATED'> {
  return new DomainError('UNAUTHENTICATED', 'The token is not valid, or no longer.', {})
}
