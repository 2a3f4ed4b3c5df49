import { MAX_QUANTITY } from '@jumun/contract/limits'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { m } from '../../messages/messages.js'
import { useCart } from '../cart.ts'
import { ForMember } from '../components/for-member.tsx'
import { ReadProblem } from '../components/problem.tsx'
import { OrderProgress } from '../order/components/order-progress.tsx'
import { Review } from '../order/components/review.tsx'
import { useOrderState } from '../order/order-state.ts'
import { queries } from '../queries.ts'
import { useTitle } from '../use-page.ts'
import { EmptyCart } from './cart.page.tsx'

/** The last look before an order, and how far it got. What is ordered is the cart, or the product in the URL. */
export function CheckoutPage() {
  useTitle(m.shop_checkout())
  const order = useOrderState()
  const [params] = useSearchParams()
  const [productId, quantity] = [Number(params.get('product')), Number(params.get('quantity'))]
  const isOne = Number.isInteger(productId) && productId > 0
  return (
    <>
      <h1>{m.shop_checkout()}</h1>
      {order.step !== 'idle' ? (
        <OrderProgress state={order} />
      ) : (
        <ForMember>
          {(memberId) =>
            isOne ? (
              <OneProduct
                memberId={memberId}
                productId={productId}
                quantity={Number.isInteger(quantity) ? Math.min(Math.max(quantity, 1), MAX_QUANTITY) : 1}
              />
            ) : (
              <WholeCart memberId={memberId} />
            )
          }
        </ForMember>
      )}
    </>
  )
}

function WholeCart({ memberId }: { memberId: string }) {
  const { cart } = useCart(memberId)
  if (!cart.data) return <Unread error={cart.error} onRetry={cart.refetch} />
  const { items } = cart.data
  if (items.length === 0) return <EmptyCart />
  return (
    <Review
      memberId={memberId}
      lines={items.map(({ productId, name, price, quantity }) => ({ productId, name, price, quantity }))}
      cartProducts={items.map(({ productId }) => productId)}
      seenAt={cart.dataUpdatedAt}
    />
  )
}

function OneProduct({ memberId, productId, quantity }: { memberId: string; productId: number; quantity: number }) {
  const { data, error, dataUpdatedAt, refetch } = useQuery(queries.product(productId))
  if (!data) return <Unread error={error} onRetry={refetch} />
  const { name, price } = data
  return (
    <Review
      memberId={memberId}
      lines={[{ productId, name, price, quantity }]}
      cartProducts={[]}
      seenAt={dataUpdatedAt}
    />
  )
}

function Unread({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return error ? <ReadProblem error={error} onRetry={onRetry} /> : <p className="loading muted">{m.shop_loading()}</p>
}
