import type { PointEntry, PointEntryKind } from '@jumun/client'
import { MAX_AMOUNT } from '@jumun/contract/limits'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatMoneyChange } from '../../shared/format.ts'
import { useSession } from '../../shared/session.ts'
import { announce } from '../announce.ts'
import { ForMember } from '../components/for-member.tsx'
import { ReadProblem } from '../components/problem.tsx'
import { ChargeResult } from '../order/components/charge-difference.tsx'
import { queries } from '../queries.ts'
import { formatTime } from '../time.ts'
import { useCharge } from '../use-charge.ts'
import { useTitle } from '../use-page.ts'

/** What a member has, and every change of it. */
export function PointsPage() {
  useTitle(m.points())
  return (
    <>
      <h1>{m.points()}</h1>
      <ForMember>
        {(memberId) => (
          <>
            <Balance memberId={memberId} />
            <h2>{m.shop_ledger()}</h2>
            <Ledger memberId={memberId} />
          </>
        )}
      </ForMember>
    </>
  )
}

function Balance({ memberId }: { memberId: string }) {
  const { data: balance } = useQuery(queries.balance(memberId))
  const session = useSession()
  return (
    <section className="balance" aria-label={m.shop_balance_now()}>
      <p>
        <span className="muted block">{m.shop_balance_now()}</span>
        <strong className="balance-amount">{balance === undefined ? '–' : formatMoney(balance)}</strong>
      </p>
      {session?.selfCharge ? <Charge memberId={memberId} /> : <p className="muted">{m.shop_charge_elsewhere()}</p>}
    </section>
  )
}

const AMOUNTS = [10_000, 50_000, 100_000]

function Charge({ memberId }: { memberId: string }) {
  const { state, charge, openAmount } = useCharge(memberId)
  const [typed, setTyped] = useState('')
  const amount = openAmount ?? Number(typed)
  const submit = async () => {
    if (await charge(amount)) {
      announce(m.shop_charged({ amount: formatMoney(amount) }))
      setTyped('')
    }
  }
  return (
    <form
      className="charge stack"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div className="field">
        <label htmlFor="charge-amount">{m.shop_charge_amount()}</label>
        <input
          id="charge-amount"
          className="input"
          type="number"
          inputMode="numeric"
          required
          min={1}
          max={MAX_AMOUNT}
          step={1}
          readOnly={openAmount !== undefined}
          value={openAmount ?? typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <div className="actions">
        {AMOUNTS.map((suggested) => (
          <button key={suggested} type="button" className="button" onClick={() => setTyped(`${suggested}`)}>
            {formatMoney(suggested)}
          </button>
        ))}
        <button type="submit" className="button button-primary" aria-busy={state === 'charging'}>
          {m.shop_charge()}
        </button>
      </div>
      <ChargeResult state={state} />
    </form>
  )
}

function Ledger({ memberId }: { memberId: string }) {
  const { data, error, ...ledger } = useInfiniteQuery(queries.ledger(memberId))
  if (!data)
    return error ? (
      <ReadProblem error={error} onRetry={ledger.refetch} />
    ) : (
      <p className="loading muted">{m.shop_loading()}</p>
    )
  const entries = data.pages.flatMap(({ items }) => items)
  if (entries.length === 0) return <p className="empty muted">{m.shop_no_ledger()}</p>
  return (
    <>
      <table className="ledger">
        <thead>
          <tr>
            <th scope="col">{m.shop_ledger_entry()}</th>
            <th scope="col">{m.shop_amount()}</th>
            <th scope="col">{m.shop_ledger_balance()}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
      {ledger.hasNextPage && (
        <button
          type="button"
          className="button more"
          aria-busy={ledger.isFetchingNextPage}
          onClick={() => ledger.fetchNextPage()}
        >
          {m.shop_show_more()}
        </button>
      )}
    </>
  )
}

const kinds: Record<PointEntryKind, () => string> = {
  CHARGE: m.shop_kind_charge,
  USE: m.shop_kind_use,
  PAYMENT: m.shop_kind_payment,
  REFUND: m.shop_kind_refund,
}

function Entry({ entry: { kind, amount, balanceAfter, orderId, createdAt } }: { entry: PointEntry }) {
  return (
    <tr>
      <td>
        {orderId ? <Link href={`/order/${orderId}`}>{kinds[kind]()}</Link> : kinds[kind]()}
        <time className="muted small block" dateTime={createdAt}>
          {formatTime(createdAt)}
        </time>
      </td>
      <td data-sign={Math.sign(amount)}>{formatMoneyChange(amount)}</td>
      <td>{formatMoney(balanceAfter)}</td>
    </tr>
  )
}
