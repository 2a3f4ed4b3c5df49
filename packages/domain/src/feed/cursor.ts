import { badRequest } from '../errors.ts'
import type { Position } from './read-changes.ts'

/**
 * A position as callers hold it. `epoch` tells the feed of one database from that of another. `tag` tells a tick from one with the same
 * number that was lost, such as in a failover.
 */
export interface Cursor extends Position {
  epoch: number
  /** The random tag of the tick after `tick`, to which `changeId` belongs; if `changeId` is 0, the tag of `tick`. */
  tag: number
}

const CURSOR = /^(?:[0-9a-z]{1,11}\.){4}[0-9a-z]{1,6}$/
const RADIX = 36

/** Encodes a cursor. Callers must not rely on its form. */
export function toFeedCursor({ epoch, tick, tag, changeId, done }: Cursor): string {
  return [epoch, tick, tag, changeId, done].map((part) => part.toString(RADIX)).join('.')
}

/** Decodes a cursor. Throws `BAD_REQUEST` for text that is not a cursor. */
export function readFeedCursor(text: string): Cursor {
  const parts = CURSOR.test(text) ? text.split('.').map((part) => Number.parseInt(part, RADIX)) : []
  const [epoch, tick, tag, changeId, done] = parts
  if (epoch === undefined || tick === undefined || tag === undefined || changeId === undefined || done === undefined)
    throw badRequest(['after'], 'is not a cursor of the feed')
  if (!parts.every(Number.isSafeInteger) || tag > 2_147_483_647)
    throw badRequest(['after'], 'is not a cursor of the feed')
  return { epoch, tick, tag, changeId, done }
}

/** Compares two cursors of one feed: negative if `a` comes before `b`. */
export function compareCursors(a: string, b: string): number {
  const [one, other] = [readFeedCursor(a), readFeedCursor(b)]
  return one.epoch - other.epoch || one.tick - other.tick || one.changeId - other.changeId || one.done - other.done
}
