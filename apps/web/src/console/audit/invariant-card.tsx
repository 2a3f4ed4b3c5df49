import type { AuditedInvariant } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Badge } from '../components/badge.tsx'
import { ProductLink } from '../components/product-link.tsx'
import { MemberLink, OrderLink } from '../orders/order-columns.tsx'
import { type IdKind, idKindOf, invariantTitle } from './invariant-names.ts'

/** One rule: whether it holds, and what breaks it. */
export function InvariantCard({ invariant }: { invariant: AuditedInvariant }) {
  const { name, rule, checked, broken, ids } = invariant
  const holds = broken === 0
  const kind = idKindOf(name)
  return (
    <li className={holds ? 'card invariant' : 'card invariant is-broken'}>
      <div className="invariant-head">
        <h2>{invariantTitle(name)}</h2>
        <Badge tone={holds ? 'good' : 'bad'}>
          {holds ? `✓ ${m.audit_holds()}` : `✕ ${m.audit_broken({ count: formatNumber(broken) })}`}
        </Badge>
      </div>
      <p className="small muted" lang="en">
        {rule}
      </p>
      <p className="small muted">{m.audit_checked({ count: formatNumber(checked) })}</p>
      {!holds && (
        <ul className="broken-ids" aria-label={m.audit_what_breaks()}>
          {ids.map((id) => (
            <li key={id}>
              <BrokenId kind={kind} id={id} />
            </li>
          ))}
          {broken > ids.length && (
            <li className="muted small">{m.audit_more({ count: formatNumber(broken - ids.length) })}</li>
          )}
        </ul>
      )}
    </li>
  )
}

function BrokenId({ kind, id }: { kind: IdKind; id: string }) {
  if (kind === 'order') return <OrderLink orderId={id} />
  if (kind === 'member') return <MemberLink memberId={id} />
  if (kind === 'product') return <ProductLink productId={Number(id)}>{`#${id}`}</ProductLink>
  return <span className="mono">{id}</span>
}
