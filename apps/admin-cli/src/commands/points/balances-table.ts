import type { PointBalance } from '@jumun/client'
import { renderTable } from '../../terminal/table.ts'

/** Renders the points of members as a table. */
export function balancesTable(balances: PointBalance[]): string {
  return renderTable(balances, { MEMBER: 'memberId', BALANCE: 'balance' })
}
