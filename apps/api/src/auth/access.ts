import { DomainError } from '@jumun/domain'
import type { Caller } from './tokens.ts'

/** Throws `FORBIDDEN` unless the caller is this member or an admin. */
export function requireMember(caller: Caller, memberId: string): void {
  if (!mayActFor(caller, memberId)) throw forbidden()
}

/** Whether the caller is this member or an admin. */
export function mayActFor(caller: Caller, memberId: string): boolean {
  return caller.role === 'admin' || caller.memberId === memberId
}

export function forbidden(): DomainError<'FORBIDDEN'> {
  return new DomainError('FORBIDDEN', 'This token does not allow that.', {})
}

/** Throws `UNAUTHENTICATED` without a caller. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new DomainError('UNAUTHENTICATED', 'A token is needed: Authorization: Bearer …', {})
  return caller
}
