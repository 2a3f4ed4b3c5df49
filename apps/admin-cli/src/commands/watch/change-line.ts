import type { FollowedChange, Order } from '@jumun/client'

/** Makes the line of a change: time, type, who made it (`-`: the shop itself), and what there is to know of it. */
export function changeLine(change: FollowedChange): string {
  return `${change.at}  ${change.type.padEnd('delivery.replayed'.length)}  ${change.actor ?? '-'}  ${whatOf(change)}`
}

function whatOf(change: FollowedChange): string {
  switch (change.type) {
    case 'order.placed':
    case 'order.paid':
    case 'order.cancelled':
    case 'order.expired':
      return orderText(change.data.order)
    case 'stock.changed':
      return `product ${change.data.productId}: stock ${change.data.quantity} (${change.data.reason})`
    case 'product.created':
    case 'product.updated': {
      const { id, name, price, stock } = change.data.product
      return `product ${id}: ${name}, price ${price}, stock ${stock}`
    }
    case 'product.removed':
      return `product ${change.data.productId}`
    case 'points.changed': {
      const { memberId, kind, amount, balance, orderId } = change.data
      const cause = orderId === null ? '' : `, order ${orderId}`
      return `${memberId}: ${amount > 0 ? '+' : ''}${amount} (${kind}), balance ${balance}${cause}`
    }
    case 'delivery.dead':
      return `event ${change.data.eventId} of order ${change.data.orderId}: ${change.data.reason}`
    case 'delivery.replayed':
      return `event ${change.data.eventId} of order ${change.data.orderId}`
    default:
      // A newer server may have more types.
      return JSON.stringify((change as { data: unknown }).data)
  }
}

function orderText({ id, memberId, items, total }: Order): string {
  const wanted = items.map(({ productId, quantity }) => `${quantity} of product ${productId}`)
  return `order ${id} of ${memberId}: total ${total}, ${wanted.join(', ')}`
}
