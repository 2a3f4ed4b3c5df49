import type { OrderDifference } from '@jumun/client'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { Badge } from '../components/badge.tsx'
import { DataTable } from '../components/data-table.tsx'
import type { Column } from '../components/table-model.ts'
import { OrderLink } from '../orders/order-columns.tsx'
import { actionLabel, FINDING_TONES, findingLabel } from './labels.ts'
import type { Found } from './reconcile-orders.ts'

const rowId = ({ orderId }: OrderDifference) => orderId

function columnsOf(dryRun: boolean): readonly Column<OrderDifference>[] {
  return [
    { id: 'order', header: m.order(), cell: ({ orderId }) => <OrderLink orderId={orderId} />, width: 124 },
    {
      id: 'finding',
      header: m.reconcile_finding(),
      cell: ({ finding }) => <Badge tone={FINDING_TONES[finding]}>{findingLabel(finding)}</Badge>,
    },
    {
      id: 'here',
      header: m.reconcile_here(),
      cell: ({ version }) => version ?? '–',
      align: 'end',
      width: 90,
      isWideOnly: true,
    },
    {
      id: 'there',
      header: m.reconcile_there(),
      cell: ({ platformVersion }) => platformVersion ?? '–',
      align: 'end',
      width: 130,
      isWideOnly: true,
    },
    { id: 'action', header: m.reconcile_action(), cell: ({ action }) => actionLabel(action, dryRun) },
  ]
}

/** The orders that differ. */
export function Differences({ found: { differences, dryRun } }: { found: Found }) {
  const navigate = useNavigate()
  const columns = useMemo(() => columnsOf(dryRun), [dryRun])
  const open = useCallback(
    ({ orderId }: OrderDifference) => void navigate({ to: '/orders/$orderId', params: { orderId } }),
    [navigate],
  )
  return (
    <DataTable
      label={m.reconcile_differences()}
      columns={columns}
      rows={differences}
      rowId={rowId}
      onOpen={open}
      height="part"
      isMain
    />
  )
}
