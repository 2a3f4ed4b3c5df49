import { m } from '../../../messages/messages.js'
import { formatMoney } from '../../../shared/format.ts'
import { useSession } from '../../../shared/session.ts'
import { useCharge } from '../../use-charge.ts'

interface Props {
  memberId: string
  balance: number
  required: number
  /** Called when the points are there. */
  onCharged?: () => void
}

/** Says how many points are missing, and charges them where members may do that. */
export function ChargeDifference({ memberId, balance, required, onCharged }: Props) {
  const session = useSession()
  const { state, charge } = useCharge(memberId)
  const missing = required - balance
  return (
    <div className="notice warn stack">
      <p>{m.shop_points_missing({ missing: formatMoney(missing), balance: formatMoney(balance) })}</p>
      {session?.selfCharge ? (
        <button
          type="button"
          className="button"
          aria-busy={state === 'charging'}
          onClick={async () => {
            if (await charge(missing)) onCharged?.()
          }}
        >
          {m.shop_charge_missing({ missing: formatMoney(missing) })}
        </button>
      ) : (
        <p>{m.shop_charge_elsewhere()}</p>
      )}
      <ChargeResult state={state} />
    </div>
  )
}

/** What came of a charge that did not succeed. */
export function ChargeResult({ state }: { state: ReturnType<typeof useCharge>['state'] }) {
  if (state !== 'unknown' && state !== 'refused') return null
  return <p role="alert">{state === 'unknown' ? m.shop_charge_unknown() : m.shop_charge_refused()}</p>
}
