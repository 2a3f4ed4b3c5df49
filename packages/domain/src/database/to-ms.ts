/** A time in milliseconds since 1970, as an expression in SQL. Null stays null. */
export function toMs(time: string): string {
  return `floor(extract(epoch from ${time}) * 1000)::float8`
}
