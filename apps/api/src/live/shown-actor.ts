import type { Change } from '@jumun/contract'
import type { Caller } from '../auth/tokens.ts'

/** Which actors a reader sees in changes: one member, by id, or `EVERYBODY` or `NOBODY`, which cannot be member ids. */
export type ShownActors = string
export const EVERYBODY: ShownActors = '*'
export const NOBODY: ShownActors = ''

/** An admin sees every actor, a member only itself, and a caller without a token none. */
export function actorsShownTo(caller: Caller | undefined): ShownActors {
  if (!caller) return NOBODY
  return caller.role === 'admin' ? EVERYBODY : caller.memberId
}

/** Whether a reader must not see who made a change. */
export function hidesActor({ actor }: Change, shown: ShownActors): boolean {
  return actor !== null && shown !== EVERYBODY && actor !== shown
}
