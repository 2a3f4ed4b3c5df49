import { traceIds } from '@jumun/domain'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

/** Logs to stdout: JSON lines, or readable text on a terminal. */
export function createLogger(level: string): Logger {
  return pino({ level, mixin: traceIds }, process.stdout.isTTY ? pretty() : process.stdout)
}
