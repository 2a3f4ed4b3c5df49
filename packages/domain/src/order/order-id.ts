import { randomUUID } from 'node:crypto'

/**
 * Makes the id of a new order, a UUIDv7 (https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7). Orders are sorted by id,
 * so it takes the database's time: the clock of this process may be wrong.
 *
 * @param placedAt when the order's transaction began
 * @param index the order's position in its transaction, which keeps up to 4,096 ids sorted
 */
export function newOrderId(placedAt: Date, index: number): string {
  const time = placedAt.getTime().toString(16).padStart(12, '0')
  const counter = (index % 4_096).toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${randomUUID().slice(18)}`
}
