import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

/** Logs to stdout: JSON lines, or readable text on a terminal. */
export function createLogger(level: string): Logger {
  return pino({ level }, process.stdout.isTTY ? pretty() : process.stdout)
}
