import { randomUUID } from 'node:crypto'

/**
 * The id of a new order, a UUIDv7 (https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7). Orders are listed by it, so
 * its time is the database's, as all that decides something: the clock of this process may be off.
 *
 * @param placedAt when the order's transaction began
 * @param index how many orders of the same transaction came before it; 4,096 are told apart
 */
export function newOrderId(placedAt: Date, index: number): string {
  const time = placedAt.getTime().toString(16).padStart(12, '0')
  const counter = (index % 4_096).toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${randomUUID().slice(18)}`
}
