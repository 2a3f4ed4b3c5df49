/** Formats seconds as minutes and seconds, such as 1:05. Fractions are rounded up. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
