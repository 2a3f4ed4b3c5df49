import type { PulseSample } from '@jumun/client'
import { useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { FigureCard, type Line } from './figure-card.tsx'
import { meanOfLast, refusalsByCode, refusalsOf, summarize } from './summarize.ts'
import { formatCount, formatMs, formatRate, formatSeconds, formatWon } from './units.ts'

interface FiguresProps {
  samples: readonly PulseSample[]
}

const ORDERS: readonly Line[] = [
  { label: m.now_placed(), figure: ({ orders }) => orders },
  { label: m.now_paid(), figure: ({ paid }) => paid },
]
const REVENUE: readonly Line[] = [{ label: m.now_revenue(), figure: ({ revenue }) => revenue }]
const DURATIONS: readonly Line[] = [
  { label: 'p50', figure: ({ p50Ms }) => p50Ms },
  { label: 'p99', figure: ({ p99Ms }) => p99Ms },
]
const WAITING: readonly Line[] = [{ label: m.now_events(), figure: ({ eventsWaiting }) => eventsWaiting }]
const POOL: readonly Line[] = [
  { label: m.now_pool_used(), figure: ({ poolUsed }) => poolUsed },
  { label: m.now_pool_waiting(), figure: ({ poolWaiting }) => poolWaiting },
]
const STREAMS: readonly Line[] = [{ label: m.now_streams(), figure: ({ streams }) => streams }]
const REFUSALS: Line = { label: m.now_all_codes(), figure: refusalsOf }
/** The most lines in a chart that a reader can tell apart. */
const MAX_CODES = 3

const showMs = (value: number | null) => (value === null ? '–' : formatMs(value))

/** What the shop does, each second of the last fifteen minutes. */
export function Figures({ samples }: FiguresProps) {
  return (
    <div className="figures">
      <Orders samples={samples} />
      <Revenue samples={samples} />
      <Durations samples={samples} />
      <Refusals samples={samples} />
      <Events samples={samples} />
      <Pool samples={samples} />
      <Streams samples={samples} />
    </div>
  )
}

function Orders({ samples }: FiguresProps) {
  const placed = (sample: PulseSample) => sample.orders
  const { max, sum } = summarize(samples, placed)
  const now = formatRate(meanOfLast(samples, placed))
  return (
    <FigureCard
      title={m.now_orders()}
      value={m.now_a_second({ value: now })}
      sentence={m.now_orders_sentence({ now, max: formatCount(max ?? 0), sum: formatCount(sum) })}
      samples={samples}
      lines={ORDERS}
      format={formatRate}
    />
  )
}

function Revenue({ samples }: FiguresProps) {
  const revenue = (sample: PulseSample) => sample.revenue
  const { max, sum } = summarize(samples, revenue)
  const now = formatWon(meanOfLast(samples, revenue))
  return (
    <FigureCard
      title={m.now_revenue()}
      value={m.now_a_second({ value: now })}
      sentence={m.now_revenue_sentence({ now, max: formatWon(max ?? 0), sum: formatWon(sum) })}
      samples={samples}
      lines={REVENUE}
      format={formatWon}
    />
  )
}

function Durations({ samples }: FiguresProps) {
  const half = summarize(samples, ({ p50Ms }) => p50Ms)
  const most = summarize(samples, ({ p99Ms }) => p99Ms)
  return (
    <FigureCard
      title={m.now_durations()}
      value={`${showMs(half.last)} · ${showMs(most.last)}`}
      sentence={
        most.last === null
          ? m.now_durations_none()
          : m.now_durations_sentence({ p50: showMs(half.last), p99: showMs(most.last), max: showMs(most.max) })
      }
      samples={samples}
      lines={DURATIONS}
      format={formatMs}
      hasGaps
    />
  )
}

function Refusals({ samples }: FiguresProps) {
  const codes = refusalsByCode(samples)
  const shown = codes.slice(0, MAX_CODES).map(([code]) => code)
  const key = shown.join()
  const lines = useMemo(
    () => [REFUSALS, ...shown.map((code): Line => ({ label: code, figure: ({ refusals }) => refusals[code] ?? 0 }))],
    [key],
  )
  const total = codes.reduce((sum, [, count]) => sum + count, 0)
  const list = codes.map(([code, count]) => `${formatNumber(count)} × ${code}`).join(', ')
  return (
    <FigureCard
      title={m.now_refusals()}
      value={m.now_a_second({ value: formatRate(meanOfLast(samples, refusalsOf)) })}
      sentence={total === 0 ? m.now_refusals_none() : m.now_refusals_sentence({ list })}
      samples={samples}
      lines={lines}
      format={formatRate}
    />
  )
}

function Events({ samples }: FiguresProps) {
  const { last, max } = summarize(samples, ({ eventsWaiting }) => eventsWaiting)
  const age = summarize(samples.slice(-1), ({ oldestEventSeconds }) => oldestEventSeconds).last
  const sentence =
    last === null
      ? m.now_events_unknown()
      : last === 0
        ? m.now_events_none({ max: formatCount(max ?? 0) })
        : m.now_events_sentence({ now: formatCount(last), age: formatSeconds(age ?? 0), max: formatCount(max ?? 0) })
  return (
    <FigureCard
      title={m.now_events()}
      value={last === null ? '–' : formatCount(last)}
      sentence={sentence}
      samples={samples}
      lines={WAITING}
      format={formatCount}
      isOfShop
    />
  )
}

function Pool({ samples }: FiguresProps) {
  const { last, max } = summarize(samples, ({ poolUsed }) => poolUsed)
  const waiting = summarize(samples, ({ poolWaiting }) => poolWaiting)
  const size = formatCount(samples.at(-1)?.poolMax ?? 0)
  return (
    <FigureCard
      title={m.now_pool()}
      value={`${formatCount(last ?? 0)} / ${size}`}
      sentence={m.now_pool_sentence({
        now: formatCount(last ?? 0),
        size,
        max: formatCount(max ?? 0),
        waiting: formatCount(waiting.max ?? 0),
      })}
      samples={samples}
      lines={POOL}
      format={formatRate}
    />
  )
}

function Streams({ samples }: FiguresProps) {
  const { last, max } = summarize(samples, ({ streams }) => streams)
  const now = formatCount(last ?? 0)
  return (
    <FigureCard
      title={m.now_streams()}
      value={now}
      sentence={m.now_streams_sentence({ now, max: formatCount(max ?? 0) })}
      samples={samples}
      lines={STREAMS}
      format={formatRate}
    />
  )
}
