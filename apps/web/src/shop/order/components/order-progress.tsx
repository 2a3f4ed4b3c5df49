import { Link } from 'wouter'
import { m } from '../../../messages/messages.js'
import { formatNumber } from '../../../shared/format.ts'
import { signInPath } from '../../member.ts'
import { useNow } from '../../use-page.ts'
import { orderFlow } from '../order-client.ts'
import type { OrderState, Placing } from '../order-flow.ts'
import { Lines } from './lines.tsx'
import { Refused } from './refused.tsx'

/** How far an order got, in place of the button that orders. */
export function OrderProgress({ state }: { state: Exclude<OrderState, { step: 'idle' }> }) {
  if (state.step === 'placing') return <PlacingOrder state={state} />
  if (state.step === 'placed') return <p className="loading muted">{m.shop_order_placed()}</p>
  if (state.step === 'refused') return <Refused order={state.order} refusal={state.refusal} />
  if (state.step === 'ordered-elsewhere')
    return (
      <div className="notice warn stack" role="alert">
        <p>{m.shop_ordered_elsewhere()}</p>
        <Link className="button button-primary" href={`/order/${state.orderId}`} onClick={() => orderFlow.dismiss()}>
          {m.shop_see_order()}
        </Link>
        <button type="button" className="button" onClick={() => orderFlow.dismiss()}>
          {m.shop_back_to_checkout()}
        </button>
      </div>
    )
  if (state.step === 'not-signed-in')
    return (
      <div className="notice warn stack" role="alert">
        <p>{m.shop_order_needs_member({ memberId: state.order.memberId })}</p>
        <Link className="button button-primary" href={signInPath('/checkout')}>
          {m.shop_sign_in()}
        </Link>
      </div>
    )
  return (
    <div className="notice warn stack" role="alert">
      <p>{m.shop_order_too_old()}</p>
      <Link className="button button-primary" href="/orders">
        {m.shop_see_orders()}
      </Link>
      <button type="button" className="button" onClick={() => orderFlow.dismiss()}>
        {m.shop_forget_order()}
      </button>
    </div>
  )
}

function PlacingOrder({ state: { order, isUnknown, until } }: { state: Placing }) {
  const seconds = Math.ceil(((until ?? 0) - useNow(1_000)) / 1_000)
  return (
    <div className="with-summary">
      <Lines lines={order.lines} />
      <section className="summary" aria-label={m.shop_payment()}>
        <div className={isUnknown ? 'notice warn stack' : 'notice stack'} role="status">
          <p>
            <strong>{isUnknown ? m.shop_order_unknown() : m.shop_order_placing()}</strong>
          </p>
          {isUnknown && <p>{m.shop_order_unknown_text()}</p>}
          {!isUnknown && until !== undefined && <p>{m.shop_shop_busy()}</p>}
        </div>
        {/* Not within what is spoken, which would count aloud. */}
        <p className="muted progress">
          {seconds > 0 ? m.shop_asking_again_in({ seconds: formatNumber(seconds) }) : m.shop_asking_now()}
        </p>
        {seconds > 0 && (
          <button type="button" className="button" onClick={() => orderFlow.askNow()}>
            {m.shop_ask_now()}
          </button>
        )}
        {isUnknown && <Link href="/orders">{m.shop_see_orders()}</Link>}
      </section>
    </div>
  )
}
