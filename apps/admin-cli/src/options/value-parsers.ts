import { MEMBER_ID_PATTERN } from '@jumun/contract/limits'
import { InvalidArgumentError, Option } from 'commander'

/** Longer numbers may exceed `Number.MAX_SAFE_INTEGER`. */
const MAX_DIGITS = 15
const PLAIN_INTEGER = new RegExp(`^-?\\d{1,${MAX_DIGITS}}$`)

/** Makes a parser of whole numbers from `min` to `max`, in plain digits: not 1e3, 1.5 or 1,000. */
export function wholeNumber({ min = -Infinity, max = Infinity } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!isPlainInteger(text))
      throw new InvalidArgumentError('It must be a whole number in plain digits (at most 15), such as 1000.')
    if (value < min) throw new InvalidArgumentError(`It must be ${min} or more.`)
    if (value > max) throw new InvalidArgumentError(`It must be ${max} or less.`)
    return value
  }
}

/** Whether a text is a whole number in plain digits. */
export function isPlainInteger(text: string): boolean {
  return PLAIN_INTEGER.test(text)
}

/** Whether the API accepts a text as a member id. */
export function isMemberId(text: string): boolean {
  return MEMBER_ID_PATTERN.test(text)
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 }
const MAX_SECONDS = 365 * SECONDS.d

/** Parses a duration such as 90s, 15m, 1h or 7d into seconds, from 1 second to 365 days. */
function duration(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds
  throw new InvalidArgumentError('It must be a time such as 90s, 15m, 1h or 7d, of at most 365d.')
}

/** Makes an option that takes a duration. The default is shown as it is given here. */
export function durationOption(flags: string, description: string, byDefault: string): Option {
  return new Option(flags, description).argParser(duration).default(duration(byDefault), byDefault)
}
