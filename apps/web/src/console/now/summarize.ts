import type { PulseSample } from '@jumun/client'

/** A number of each sample; null where there is none. */
export type Figure = (sample: PulseSample) => number | null

export interface Summary {
  /** The last number that there was. */
  last: number | null
  max: number | null
  sum: number
}

export function summarize(samples: readonly PulseSample[], figure: Figure): Summary {
  const summary: Summary = { last: null, max: null, sum: 0 }
  for (const sample of samples) {
    const value = figure(sample)
    if (value === null) continue
    summary.last = value
    summary.max = Math.max(summary.max ?? 0, value)
    summary.sum += value
  }
  return summary
}

/** The mean of a figure over the last seconds, because one second alone jumps. */
export function meanOfLast(samples: readonly PulseSample[], figure: Figure, seconds = 5): number {
  const last = samples.slice(-seconds)
  return last.length === 0 ? 0 : summarize(last, figure).sum / last.length
}

export interface MinuteRow {
  /** Its beginning, in milliseconds since 1970. */
  at: number
  mean: number | null
  max: number | null
}

const MINUTE_MS = 60_000

/** Each minute of a figure, the newest first. */
export function byMinute(samples: readonly PulseSample[], figure: Figure): MinuteRow[] {
  const minutes = new Map<number, PulseSample[]>()
  for (const sample of samples) {
    const at = Math.floor(Date.parse(sample.at) / MINUTE_MS) * MINUTE_MS
    const of = minutes.get(at) ?? []
    of.push(sample)
    minutes.set(at, of)
  }
  const rows = [...minutes].map(([at, of]) => {
    const known = of.filter((sample) => figure(sample) !== null)
    const { sum, max } = summarize(known, figure)
    return { at, mean: known.length === 0 ? null : sum / known.length, max }
  })
  return rows.reverse()
}

/** How often each code was refused, the most frequent first. */
export function refusalsByCode(samples: readonly PulseSample[]): [code: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { refusals } of samples) {
    for (const [code, count] of Object.entries(refusals)) counts.set(code, (counts.get(code) ?? 0) + count)
  }
  return [...counts].sort(([, a], [, b]) => b - a)
}

/** All refusals of a second. */
export function refusalsOf({ refusals }: PulseSample): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0)
}
