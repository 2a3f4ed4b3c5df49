import type { CartItem } from '@jumun/client'
import { useState } from 'react'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { announce } from '../announce.ts'
import { useCart } from '../cart.ts'
import { ForMember } from '../components/for-member.tsx'
import { ReadProblem } from '../components/problem.tsx'
import { Quantity } from '../components/quantity.tsx'
import { Stock, useSpokenStock } from '../components/stock.tsx'
import { useTitle } from '../use-page.ts'

/** What a member has put aside. */
export function CartPage() {
  useTitle(m.shop_cart())
  return (
    <>
      <h1>{m.shop_cart()}</h1>
      <ForMember>{(memberId) => <Content memberId={memberId} />}</ForMember>
    </>
  )
}

function Content({ memberId }: { memberId: string }) {
  const { cart, changes } = useCart(memberId)
  const [hasFailed, setHasFailed] = useState(false)
  if (!cart.data) {
    return cart.error ? (
      <ReadProblem error={cart.error} onRetry={cart.refetch} />
    ) : (
      <p className="loading muted">{m.shop_loading()}</p>
    )
  }
  const { items, total } = cart.data
  if (items.length === 0) return <EmptyCart />
  const change = (changed: Promise<void>) => {
    setHasFailed(false)
    changed.catch(() => setHasFailed(true))
  }
  return (
    <div className="with-summary">
      <ul className="lines">
        {items.map((item) => (
          <Line
            key={item.productId}
            item={item}
            onSet={(quantity) => change(changes.set(item.productId, quantity))}
            onRemove={() => {
              announce(m.shop_removed_from_cart({ name: item.name }))
              change(changes.remove(item.productId))
            }}
          />
        ))}
      </ul>
      <section className="summary" aria-label={m.shop_total()}>
        {hasFailed && (
          <p className="notice bad" role="alert">
            {m.shop_cart_not_changed()}
          </p>
        )}
        <p className="sum">
          <span>{m.shop_total()}</span> <strong>{formatMoney(total)}</strong>
        </p>
        <Link className="button button-primary" href="/checkout">
          {m.shop_to_checkout()}
        </Link>
        <p className="muted small">{m.shop_cart_reserves_nothing()}</p>
      </section>
    </div>
  )
}

/** Shown by the checkout too. */
export function EmptyCart() {
  return (
    <div className="empty">
      <p>{m.shop_cart_empty()}</p>
      <Link className="button button-primary" href="/products">
        {m.shop_see_all()}
      </Link>
    </div>
  )
}

interface LineProps {
  item: CartItem
  onSet: (quantity: number) => void
  onRemove: () => void
}

function Line({ item, onSet, onRemove }: LineProps) {
  const { productId, name, price, quantity, amount } = item
  const stock = useSpokenStock(item)
  return (
    <li className="line">
      <Picture id={productId} name={name} />
      <div className="line-text">
        <Link className="product-name" href={`/product/${productId}`}>
          {name}
        </Link>
        <span className="muted">{formatMoney(price)}</span>
        <Stock productId={productId} stock={item.stock} />
      </div>
      <Quantity value={quantity} max={Math.max(stock, quantity)} name={name} onChange={onSet} />
      <strong className="line-amount">{formatMoney(amount)}</strong>
      <button type="button" className="tool" aria-label={m.shop_remove_named({ name })} onClick={onRemove}>
        {m.shop_remove()}
      </button>
      {stock > 0 && stock < quantity && (
        <p className="notice warn line-notice">
          {m.shop_fewer_left({ count: formatNumber(stock) })}{' '}
          <button type="button" className="button" onClick={() => onSet(stock)}>
            {m.shop_take_left({ count: formatNumber(stock) })}
          </button>
        </p>
      )}
    </li>
  )
}
