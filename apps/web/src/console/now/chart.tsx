import { PULSE_MAX_SAMPLES } from '@jumun/contract/limits'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { language } from '../../shared/locale.ts'
import { useTheme } from '../../shared/theme.ts'
import { useTimeMode } from '../../shared/time.tsx'
import { type Format, formatShort } from './units.ts'

export interface ChartProps {
  /** Seconds since 1970, rising. */
  at: readonly number[]
  /** For each line a number at each of these times. */
  lines: readonly (readonly (number | null)[])[]
  /** Whether lines go on over seconds without a number. */
  hasGaps?: boolean
  formatTick?: Format
}

const HEIGHT = 120
const AXIS_WIDTH = 46
const AXIS_HEIGHT = 22

const TOKENS = ['--muted', '--line', '--line-1', '--line-2', '--line-3', '--line-4']

const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const local = new Intl.DateTimeFormat(language, clock)
const utc = new Intl.DateTimeFormat(language, { ...clock, timeZone: 'UTC' })

/** Lines over the last fifteen minutes. For the eye only: a sentence and a table say the same. */
export default function Chart({ at, lines, hasGaps = false, formatTick = formatShort }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const theme = useTheme()
  const isUtc = useTimeMode() === 'utc'
  const count = lines.length
  useEffect(() => {
    const parent = box.current
    if (!parent) return
    const options = chartOptions(parent, { count, hasGaps, formatTick, clock: isUtc ? utc : local })
    const drawn = new uPlot(options, [[], ...Array.from({ length: count }, () => [])], parent)
    plot.current = drawn
    const observer = new ResizeObserver(() => drawn.setSize({ width: parent.clientWidth, height: HEIGHT }))
    observer.observe(parent)
    return () => {
      observer.disconnect()
      drawn.destroy()
    }
  }, [count, hasGaps, formatTick, isUtc])
  useEffect(() => {
    // The library only reads them.
    plot.current?.setData([at, ...lines] as uPlot.AlignedData)
  }, [at, lines, count, hasGaps, formatTick, isUtc, theme])
  return (
    <div ref={box} className="chart" aria-hidden="true">
      {/* Have the colours that the canvas is drawn with: it knows no tokens. */}
      {TOKENS.map((name) => (
        <i key={name} data-token={name} style={{ color: `var(${name})` }} />
      ))}
    </div>
  )
}

interface Look {
  count: number
  hasGaps: boolean
  formatTick: Format
  clock: Intl.DateTimeFormat
}

function chartOptions(box: HTMLElement, { count, hasGaps, formatTick, clock }: Look): uPlot.Options {
  const axis = { stroke: () => token(box, '--muted'), font: `11px ${getComputedStyle(box).fontFamily}` }
  const none = { show: false }
  const grid = { stroke: () => token(box, '--line'), width: 1 }
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: none,
    cursor: none,
    padding: [8, 8, 0, 0],
    scales: {
      x: { range: (_, min, max) => [Math.min(min ?? 0, (max ?? 0) - PULSE_MAX_SAMPLES), max ?? 0] },
      y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        grid: none,
        ticks: none,
        size: AXIS_HEIGHT,
        space: 90,
        values: (_, at) => at.map((second) => clock.format(second * 1_000)),
      },
      { ...axis, grid, ticks: none, size: AXIS_WIDTH, space: 32, values: (_, values) => values.map(formatTick) },
    ],
    series: [
      {},
      ...Array.from({ length: count }, (_, index) => ({
        stroke: () => token(box, `--line-${index + 1}`),
        width: 1.5,
        spanGaps: hasGaps,
        points: none,
      })),
    ],
  }
}

/** The colour that a token has now. */
function token(box: HTMLElement, name: string): string {
  const bearer = box.querySelector(`[data-token="${name}"]`) ?? box
  return getComputedStyle(bearer).color
}
