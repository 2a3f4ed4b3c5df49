import { median } from '@jumun/test-kit/quantiles'
import { markdownTable } from '../report.ts'
import { MEASURED_IN_MS, type OrderComparison } from './compare.ts'
import type { FullStackFigures } from './full-stack.ts'
import type { MemoryFigures } from './memory.ts'

/** The goal of each case for A ÷ B. */
const GOALS: Record<string, string> = {
  uniform: '≥ 2.0',
  hot: '≥ 6.0',
  one: '≤ 1.6',
  ten: '≥ 0.95',
  events: '≥ 0.95',
  open: 'A ≤ 25 ms',
}

const MEMORY_ROWS = 12

/** A table of both sides' medians and ranges and the ratio of the medians. */
export function comparisonTable({ cases }: OrderComparison): string {
  const rows = Object.entries(cases).map(([name, { a, b }]) => {
    const digits = MEASURED_IN_MS.has(name) ? 2 : 0
    const ratio = median(a) / median(b)
    return [name, spread(a, digits), spread(b, digits), ratio.toFixed(2), GOALS[name] ?? '']
  })
  return markdownTable(['case', 'A: median (range)', 'B: median (range)', 'A ÷ B', 'goal'], rows)
}

/** A table of the figures of the whole service (side A): medians over the rounds. */
export function figuresTable({ fullStack }: OrderComparison): string {
  const names = Object.keys(fullStack)
  const row = (title: string, read: (run: FullStackFigures) => number | undefined, digits = 0) => [
    title,
    ...names.map((name) => {
      const values = (fullStack[name] ?? []).map(read).filter((value) => value !== undefined)
      return values.length > 0 ? median(values).toFixed(digits) : ''
    }),
  ]
  const share = ({ cpuMicroseconds: cpu }: FullStackFigures) =>
    (100 * cpu.load) / (cpu.api + cpu.postgres + cpu.dataPlatform + cpu.load)
  return markdownTable(
    ['side A', ...names],
    [
      row('latency p50, ms', ({ p50 }) => p50, 1),
      row('latency p99, ms', ({ p99 }) => p99, 1),
      row('events delivered after the last order, ms', ({ drainedMs }) => drainedMs),
      row('orders a batch', ({ ordersPerBatch }) => ordersPerBatch, 1),
      row('write-ahead log, bytes an order', ({ walBytesPerOrder }) => walBytesPerOrder),
      row('API, µs of processor an order', ({ cpuMicroseconds }) => cpuMicroseconds.api),
      row('PostgreSQL, µs an order', ({ cpuMicroseconds }) => cpuMicroseconds.postgres),
      row('data platform, µs an order', ({ cpuMicroseconds }) => cpuMicroseconds.dataPlatform),
      row('load generator, µs an order', ({ cpuMicroseconds }) => cpuMicroseconds.load),
      row("load generator's share of the processor, %", share),
    ],
  )
}

/** A table of about twelve of the memory figures, including the first and the last. */
export function memoryTable(figures: MemoryFigures): string {
  const step = Math.max(1, Math.ceil((figures.length - 1) / MEMORY_ROWS))
  const selected = figures.filter((_, index) => index % step === 0 || index === figures.length - 1)
  const rows = selected.map(({ orders, megabytes }) => [orders.toLocaleString('en'), `${megabytes}`])
  return markdownTable(['orders placed', 'memory of the API, MB'], rows)
}

function spread(values: number[], digits: number): string {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}
