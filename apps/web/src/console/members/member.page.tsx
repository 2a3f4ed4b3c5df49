import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { gatherReads } from '../../shared/gathered-reads.ts'
import { jumun } from '../../shared/jumun.ts'
import { ErrorState } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import { usePageActions } from '../frame/actions.ts'
import { CartCard } from './cart-card.tsx'
import { followMember } from './follow-member.ts'
import { LedgerCard } from './ledger-card.tsx'
import { MovePoints } from './move-points.tsx'
import { OrdersOfMember } from './orders-of-member.tsx'

/** A member: points, ledger, orders and cart. */
export function MemberPage() {
  const { memberId } = useParams({ from: '/members/$memberId' })
  return <Member key={memberId} memberId={memberId} />
}

function Member({ memberId }: { memberId: string }) {
  const balance = useBalance(memberId)
  const [moving, setMoving] = useState<'charge' | 'use'>()
  usePageActions(
    useMemo(
      () => [
        { id: 'charge', label: m.points_charge(), key: 'c', run: () => setMoving('charge') },
        { id: 'use', label: m.points_use(), key: 'u', run: () => setMoving('use') },
      ],
      [],
    ),
  )
  return (
    <>
      <PageHead title={memberId}>
        <button type="button" className="button button-primary button-small" onClick={() => setMoving('charge')}>
          {m.points_charge()}
        </button>
        <button type="button" className="button button-small" onClick={() => setMoving('use')}>
          {m.points_use()}
        </button>
      </PageHead>
      <p className="balance">
        <span className="muted">{m.balance()}</span>
        <strong>{balance.data === undefined ? '…' : formatMoney(balance.data)}</strong>
      </p>
      {balance.isError && <ErrorState error={balance.error} onRetry={() => void balance.refetch()} />}
      {(['charge', 'use'] as const).map((kind) => (
        <MovePoints
          key={kind}
          kind={kind}
          memberId={memberId}
          balance={balance.data}
          isOpen={moving === kind}
          onClose={() => setMoving(undefined)}
        />
      ))}
      <LedgerCard memberId={memberId} balance={balance.data} />
      <OrdersOfMember memberId={memberId} />
      <CartCard memberId={memberId} />
    </>
  )
}

function useBalance(memberId: string) {
  const queries = useQueryClient()
  useEffect(() => {
    const reads = gatherReads(queries)
    const stop = followMember(memberId, () => reads.stale('members', 'balance', memberId))
    return () => {
      stop()
      reads.stop()
    }
  }, [queries, memberId])
  return useQuery({
    queryKey: ['members', 'balance', memberId],
    queryFn: async ({ signal }) => (await jumun.point.balance.query({ memberId }, { signal })).balance,
  })
}
