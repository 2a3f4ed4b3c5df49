import type { PointEntry } from '@jumun/client'
import { useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney, formatMoneyChange, formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import type { Column } from '../components/table-model.ts'
import { OrderLink } from '../orders/order-columns.tsx'
import { addUp, type LedgerSum } from './add-up.ts'
import { useLedger } from './use-ledger.ts'

const rowId = ({ id }: PointEntry) => String(id)

/** A member's ledger, added up before the reader's eyes and compared with the balance. */
export function LedgerCard({ memberId, balance }: { memberId: string; balance: number | undefined }) {
  const { entries, isComplete, error, retry } = useLedger(memberId)
  const sum = useMemo(() => addUp(entries, isComplete), [entries, isComplete])
  const columns = useMemo(() => columnsOf(sum.broken), [sum])
  return (
    <section className="card" aria-labelledby="ledger">
      <h2 id="ledger">{m.ledger()}</h2>
      <LedgerCheck sum={sum} isComplete={isComplete} balance={balance} />
      {error !== undefined && <ErrorState error={error} onRetry={retry} />}
      {entries.length > 0 && (
        <DataTable label={m.ledger()} columns={columns} rows={entries} rowId={rowId} height="part" isMain />
      )}
      {entries.length === 0 && !isComplete && error === undefined && <Loading rows={4} />}
      {entries.length === 0 && isComplete && <EmptyState title={m.ledger_empty()} />}
    </section>
  )
}

interface LedgerCheckProps {
  sum: LedgerSum
  isComplete: boolean
  balance: number | undefined
}

/** Whether sum and balance are equal. */
function LedgerCheck({ sum: { added, sum, broken }, isComplete, balance }: LedgerCheckProps) {
  const count = formatNumber(added)
  if (!isComplete || balance === undefined) return <p className="ledger-check muted">{m.ledger_adding({ count })}</p>
  const values = { count, sum: formatMoney(sum), balance: formatMoney(balance) }
  if (broken.size === 0 && sum === balance) {
    return (
      <p className="ledger-check good-text" role="status">
        ✓ {m.ledger_equal(values)}
      </p>
    )
  }
  return (
    <p className="ledger-check bad-text" role="status">
      ✗ {broken.size > 0 ? m.ledger_broken({ count: formatNumber(broken.size) }) : m.ledger_unequal(values)}
    </p>
  )
}

function columnsOf(broken: ReadonlySet<number>): readonly Column<PointEntry>[] {
  const check = (entry: PointEntry) => (broken.has(entry.id) ? ['bad-text', '✗'] : ['good-text', '✓'])
  return [
    { id: 'at', header: m.ledger_at(), cell: ({ createdAt }) => <Time at={createdAt} />, width: 216, isWideOnly: true },
    { id: 'kind', header: m.ledger_kind(), cell: ({ kind }) => kindLabel(kind), width: 90 },
    {
      id: 'amount',
      header: m.ledger_amount(),
      cell: ({ amount }) => formatMoneyChange(amount),
      align: 'end',
      width: 120,
    },
    {
      id: 'balance',
      header: m.ledger_balance_after(),
      cell: (entry) => {
        const [tone, mark] = check(entry)
        return (
          <>
            {formatMoney(entry.balanceAfter)} <span className={tone}>{mark}</span>
          </>
        )
      },
      align: 'end',
      width: 140,
    },
    { id: 'why', header: m.ledger_why(), cell: (entry) => <Why entry={entry} />, isWideOnly: true },
  ]
}

function Why({ entry: { orderId, actor, reason } }: { entry: PointEntry }) {
  return (
    <>
      {orderId && <OrderLink orderId={orderId} />} {reason} {actor && <span className="muted">({actor})</span>}
    </>
  )
}

function kindLabel(kind: PointEntry['kind']): string {
  return { CHARGE: m.kind_charge, USE: m.kind_use, PAYMENT: m.kind_payment, REFUND: m.kind_refund }[kind]()
}
