import { type Part, styled } from '../../terminal/output.ts'
import { renderTable } from '../../terminal/table.ts'
import { truncate } from '../../terminal/truncate.ts'
import type { Frame } from './read-frame.ts'

type Style = Parameters<typeof styled>[0]

/** A line of a frame. */
export type Line = Part

export interface RenderOptions {
  frame: Frame
  /** The address of the API. */
  address: string
  width: number
  /** Why the frame could not be refreshed, if so. */
  trouble?: string | undefined
}

/** Renders the lines of a frame, none wider than `width` terminal columns. */
export function renderFrame({ frame, address, width, trouble }: RenderOptions): Line[] {
  const { ordersPerSecond, callsPerSecond, orderLatencyMs, eventsWaiting, oldestEventSeconds, popular } = frame
  const paint = (style: Style, text: string) => styled(style, truncate(text, width))
  const plain = (text: string) => truncate(text, width)
  const columns = { RANK: 'rank', ID: 'productId', NAME: 'name', SOLD: 'sold', STOCK: 'stock' } as const
  const table = renderTable(popular, columns, { width })
  return [
    paint('bold', `jumun top  ${address}  ${frame.at}`),
    trouble === undefined ? '' : paint('red', `not up to date: ${trouble}`),
    plain(`Orders      ${rate(ordersPerSecond)}   calls ${rate(callsPerSecond)}`),
    plain(`Latency     order p50 ${ms(orderLatencyMs.p50)}, p99 ${ms(orderLatencyMs.p99)}`),
    plain(`Events      ${eventsWaiting ?? '-'} waiting, oldest ${oldestEventSeconds?.toFixed(0) ?? '-'} s`),
    invariantsLine(frame, paint),
    '',
    paint('bold', 'Popular, the last 3 days'),
    ...table.trimEnd().split('\n'),
  ]
}

function invariantsLine({ invariants }: Frame, paint: (style: Style, text: string) => Line): Line {
  switch (invariants.state) {
    case 'off':
      return paint('dim', 'Invariants  not checked')
    case 'waiting':
      return paint('dim', 'Invariants  being checked')
    case 'failed':
      return paint('yellow', `Invariants  cannot be checked: ${invariants.reason}`)
    case 'known':
      return invariants.holds
        ? paint('green', `Invariants  all ${invariants.count} hold (${invariants.at})`)
        : paint('red', `Invariants  BROKEN: ${invariants.broken.join(', ')} (${invariants.at})`)
  }
}

function rate(perSecond: number | null): string {
  return `${perSecond?.toFixed(1) ?? '-'}/s`
}

/** The value is the upper bound of a histogram bucket. */
function ms(value: number | null): string {
  return value === null ? '-' : `≤ ${value} ms`
}
