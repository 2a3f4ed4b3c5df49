import type { Change } from '@jumun/contract'
import type { Caller } from '../auth/tokens.ts'

/** Whose names a reader sees in changes: a member id, or one of these two, which are no member ids. */
export type ShownActors = string
export const EVERYBODY: ShownActors = '*'
export const NOBODY: ShownActors = ''

/** Admins see who made a change. A member sees itself and no admin; without a token nobody is seen. */
export function actorsShownTo(caller: Caller | undefined): ShownActors {
  if (!caller) return NOBODY
  return caller.role === 'admin' ? EVERYBODY : caller.memberId
}

/** Whether a reader must not see who made a change. */
export function hidesActor({ actor }: Change, shown: ShownActors): boolean {
  return actor !== null && shown !== EVERYBODY && actor !== shown
}
