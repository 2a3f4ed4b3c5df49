import type { OrderStep, OrderTimeline } from '@jumun/client'
import { renderTable } from '../../terminal/table.ts'

/** Renders the steps of an order, its events, and what the data platform has. */
export function timelineTables({ steps, events, platform }: OrderTimeline): string {
  const stepTable = renderTable(
    steps,
    {
      AT: 'at',
      STEP: 'type',
      BY: 'actor',
      REASON: 'reason',
      CHANGE: changeOf,
      BALANCE: (step) => step.entry?.balanceAfter ?? null,
    },
    { cut: ['REASON'] },
  )
  const eventTable = renderTable(
    events,
    {
      EVENT: 'id',
      TYPE: 'type',
      VERSION: 'version',
      STATE: 'state',
      ATTEMPTS: 'attempts',
      NEXT: 'nextAttemptAt',
      REASON: 'reason',
    },
    { cut: ['REASON'] },
  )
  return `${stepTable}\n${eventTable}\n${platformLine(platform)}\n`
}

/** Points or units of products. */
function changeOf({ type, units, entry }: OrderStep): number | null {
  if (entry) return entry.amount
  return units !== null && type === 'stockHeld' ? -units : units
}

function platformLine({ state, version, reason }: OrderTimeline['platform']): string {
  const has = version === null ? '' : `, version ${version}`
  return `Data platform: ${state}${has}${reason === null ? '' : `: ${reason}`}`
}
