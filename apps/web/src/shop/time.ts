import { language } from '../shared/locale.ts'

/** Created when the first time is shown, because creating it is slow and the first page shows no time. */
let dateTime: Intl.DateTimeFormat | undefined
let relative: Intl.RelativeTimeFormat | undefined

/** A time for people, in the time zone of the browser. */
export function formatTime(iso: string): string {
  dateTime ??= new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  return dateTime.format(new Date(iso))
}

/** How long ago, such as `2 min. ago`. */
export function formatAge(ms: number): string {
  relative ??= new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' })
  const minutes = Math.max(1, Math.round(ms / 60_000))
  return minutes < 60 ? relative.format(-minutes, 'minute') : relative.format(-Math.round(minutes / 60), 'hour')
}

/** What is left, such as `14:59`. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
