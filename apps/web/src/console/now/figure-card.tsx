import type { PulseSample } from '@jumun/client'
import { type ReactNode, Suspense, useId, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { Time } from '../../shared/time.tsx'
import { Chart } from './chart-loader.ts'
import { byMinute, type Figure } from './summarize.ts'
import type { Format } from './units.ts'

export interface Line {
  label: string
  figure: Figure
}

interface FigureCardProps {
  title: string
  /** The number now. */
  value: string
  /** Says what the chart shows. */
  sentence: ReactNode
  samples: readonly PulseSample[]
  /** The same array until it changes. */
  lines: readonly Line[]
  format: Format
  hasGaps?: boolean
  /** Whether the figure is of the whole shop, and not of one process. */
  isOfShop?: boolean
}

/** A figure: the number now, fifteen minutes as a chart, as a sentence and as a table. */
export function FigureCard(props: FigureCardProps) {
  const { title, value, sentence, samples, lines, format, hasGaps, isOfShop = false } = props
  const id = useId()
  const at = useMemo(() => samples.map((sample) => Date.parse(sample.at) / 1_000), [samples])
  const values = useMemo(() => lines.map(({ figure }) => samples.map(figure)), [samples, lines])
  return (
    <section className="card figure" aria-labelledby={id}>
      <div className="figure-head">
        <h2 id={id}>{title}</h2>
        <span className="muted small">{isOfShop ? m.now_of_shop() : m.now_of_process()}</span>
      </div>
      <p className="figure-value">{value}</p>
      <p className="small muted figure-sentence">{sentence}</p>
      <Suspense fallback={<div className="chart" />}>
        <Chart at={at} lines={values} hasGaps={hasGaps ?? false} />
      </Suspense>
      {lines.length > 1 && <Legend lines={lines} />}
      <details>
        <summary className="small">{m.now_as_table()}</summary>
        <MinuteTable samples={samples} lines={lines} format={format} />
      </details>
    </section>
  )
}

function Legend({ lines }: { lines: readonly Line[] }) {
  return (
    <ul className="chart-legend small">
      {lines.map(({ label }, index) => (
        <li key={label} className={`line-${index + 1}`}>
          {label}
        </li>
      ))}
    </ul>
  )
}

function MinuteTable({ samples, lines, format }: Pick<FigureCardProps, 'samples' | 'lines' | 'format'>) {
  const tables = lines.map(({ figure }) => byMinute(samples, figure))
  const show = (value: number | null | undefined) => (value == null ? '–' : format(value))
  const [first = []] = tables
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <div className="minutes" tabIndex={0}>
      <table className="plain-table small">
        <thead>
          <tr>
            <th scope="col">{m.now_minute()}</th>
            {lines.flatMap(({ label }) => [
              <th key={`${label} mean`} scope="col" className="end">
                {m.now_mean({ label })}
              </th>,
              <th key={`${label} max`} scope="col" className="end">
                {m.now_max({ label })}
              </th>,
            ])}
          </tr>
        </thead>
        <tbody>
          {first.map(({ at }, row) => (
            <tr key={at}>
              <th scope="row">
                <Time at={at} />
              </th>
              {tables.flatMap((of, line) => [
                <td key={`${line} mean`} className="end">
                  {show(of[row]?.mean)}
                </td>,
                <td key={`${line} max`} className="end">
                  {show(of[row]?.max)}
                </td>,
              ])}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
