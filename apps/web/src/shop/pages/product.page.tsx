import { isJumunError, type Product } from '@jumun/client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { announce } from '../announce.ts'
import { unitsIn, useCart } from '../cart.ts'
import { ReadProblem } from '../components/problem.tsx'
import { Quantity } from '../components/quantity.tsx'
import { Stock, useSpokenStock } from '../components/stock.tsx'
import { signInPath, useMember } from '../member.ts'
import { useOrderState } from '../order/order-state.ts'
import { queries } from '../queries.ts'
import { useTitle } from '../use-page.ts'

const MAX_ID = 2_147_483_647

/** One product, and the ways to buy it. */
export function ProductPage({ productId }: { productId: number }) {
  const isId = Number.isInteger(productId) && productId >= 1 && productId <= MAX_ID
  const { data: product, error, refetch } = useQuery({ ...queries.product(productId), enabled: isId })
  useTitle(product?.name)
  if (!isId || isJumunError(error, 'PRODUCT_NOT_FOUND')) return <NotSold />
  if (!product && error) return <ReadProblem error={error} onRetry={refetch} />
  return (
    <article className="product" aria-busy={!product}>
      <div className="product-picture">{product && <Picture id={product.id} name={product.name} />}</div>
      {product && <Details product={product} />}
    </article>
  )
}

function NotSold() {
  useTitle(m.shop_not_sold())
  return (
    <div className="empty">
      <h1>{m.shop_not_sold()}</h1>
      <p>
        <Link href="/products">{m.shop_see_all()}</Link>
      </p>
    </div>
  )
}

function Details({ product }: { product: Product }) {
  const { id, name, price } = product
  const [quantity, setQuantity] = useState(1)
  const stock = useSpokenStock({ productId: id, name, stock: product.stock })
  return (
    <div className="product-details">
      <h1>{name}</h1>
      <p className="product-price">{formatMoney(price)}</p>
      <p>
        <Stock productId={id} stock={product.stock} />
      </p>
      <Quantity value={quantity} max={stock} name={name} onChange={setQuantity} />
      <p className="sum">
        <span className="muted">{m.shop_total()}</span> <strong>{formatMoney(price * quantity)}</strong>
      </p>
      <Buy product={{ ...product, stock }} quantity={quantity} />
    </div>
  )
}

function Buy({ product, quantity }: { product: Product; quantity: number }) {
  const memberId = useMember()
  const [, navigate] = useLocation()
  const { cart, changes } = useCart(memberId)
  const [added, setAdded] = useState<'yes' | 'no'>()
  const isOrdering = useOrderState().step === 'placing'
  const isGone = product.stock === 0
  const buyPath = `/checkout?product=${product.id}&quantity=${quantity}`

  const addToCart = async () => {
    if (!memberId) return navigate(signInPath())
    setAdded('yes')
    try {
      await changes.add(product, quantity)
      announce(m.shop_added_to_cart())
    } catch {
      setAdded('no')
    }
  }
  return (
    <>
      <div className="actions">
        <button type="button" className="button" disabled={isGone} onClick={addToCart}>
          {m.shop_add_to_cart()}
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={isGone || isOrdering}
          onClick={() => navigate(memberId === null ? signInPath(buyPath) : buyPath)}
        >
          {m.shop_buy_now()}
        </button>
      </div>
      <p className="added" data-shown={added === 'yes'}>
        {added === 'yes' && (
          <>
            {m.shop_added_to_cart()}{' '}
            <Link href="/cart">{m.shop_see_cart({ count: formatNumber(unitsIn(cart.data)) })}</Link>
          </>
        )}
      </p>
      {added === 'no' && (
        <p className="notice bad" role="alert">
          {m.shop_not_added()}
        </p>
      )}
    </>
  )
}
