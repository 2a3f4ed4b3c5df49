import { Link, useLocation } from 'wouter'
import { m } from '../../messages/messages.js'
import { useOrderState } from '../order/order-state.ts'

/** Says on every page but that of the checkout that an order is on its way, or has been placed meanwhile. */
export function OrderBanner() {
  const [path] = useLocation()
  const state = useOrderState()
  if (path === '/checkout' || state.step === 'idle') return null
  if (state.step === 'placed') {
    const href = `/order/${state.orderId}`
    if (path === href) return null
    return (
      <p className="notice banner" role="status">
        {m.shop_banner_placed()} <Link href={href}>{m.shop_see_order()}</Link>
      </p>
    )
  }
  return (
    <p className="notice warn banner" role="status">
      {state.step === 'placing' ? m.shop_banner_placing() : m.shop_banner_needs_you()}{' '}
      <Link href="/checkout">{m.shop_see_order()}</Link>
    </p>
  )
}
