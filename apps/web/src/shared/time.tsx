import { useSyncExternalStore } from 'react'
import { language } from './locale.ts'

/** How times are shown. */
export type TimeMode = 'local' | 'utc' | 'relative'

const STORED = 'jumun-time'
const TICK_MS = 5_000

const listeners = new Set<() => void>()
let mode = readMode()
let now = Date.now()
let ticking: ReturnType<typeof setInterval> | undefined

const dateTime = { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' } as const
const local = new Intl.DateTimeFormat(language, dateTime)
const utc = new Intl.DateTimeFormat(language, { ...dateTime, timeZone: 'UTC' })
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' })
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

/** Another tab may have chosen. */
window.addEventListener('storage', ({ key }) => {
  if (key !== STORED) return
  mode = readMode()
  tell()
})

function readMode(): TimeMode {
  const stored = localStorage.getItem(STORED)
  return stored === 'utc' || stored === 'relative' ? stored : 'local'
}

function tell(): void {
  for (const listener of listeners) listener()
}

/** Changes how every time is shown, here and on later pages. */
export function setTimeMode(chosen: TimeMode): void {
  localStorage.setItem(STORED, chosen)
  mode = chosen
  now = Date.now()
  tell()
}

export function useTimeMode(): TimeMode {
  return useSyncExternalStore(subscribe, () => mode)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  ticking ??= setInterval(tick, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** Updates relative times; other times do not change by themselves. */
function tick(): void {
  if (mode !== 'relative') return
  now = Date.now()
  tell()
}

/** A time as the reader has chosen to see times. */
export function formatTime(at: string | number, as: TimeMode = mode): string {
  const date = new Date(at)
  if (as === 'relative') return formatAge(date.getTime() - now)
  return as === 'utc' ? `${utc.format(date)} UTC` : local.format(date)
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

function formatAge(distanceMs: number): string {
  for (const [unit, size] of UNITS) {
    if (Math.abs(distanceMs) >= size) return relative.format(Math.trunc(distanceMs / size), unit)
  }
  return relative.format(Math.trunc(distanceMs / 1_000), 'second')
}

/** A time in the mode that the reader has chosen. Its title has the full time. */
export function Time({ at, className }: { at: string | number; className?: string }) {
  // The text depends on the mode, and in relative mode on the current time.
  useSyncExternalStore(subscribe, () => `${mode} ${mode === 'relative' ? now : ''}`)
  const date = new Date(at)
  const iso = date.toISOString()
  return (
    <time className={className} dateTime={iso} title={`${full.format(date)}\n${iso}`}>
      {formatTime(at)}
    </time>
  )
}
