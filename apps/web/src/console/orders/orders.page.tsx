import { m } from '../../messages/messages.js'

/** Orders of every member. */
export function OrdersPage() {
  return <h1>{m.orders()}</h1>
}
