import { isJumunError } from '@jumun/client'
import { CommandFailure, describe, EXIT_INTERRUPTED, EXIT_REFUSED, explain } from '../failure.ts'
import { printResult } from '../terminal/output.ts'

/** What bulk work did, and how it ended. */
export interface WorkReport<Result> {
  result: Result
  /** Makes the text of the result, including the final newline. */
  toText: (result: Result) => string
  /** Whether to print the text for partial work too. */
  printsPartialText?: boolean
  /** Whether every item was handled. */
  isComplete: boolean
  /** A sentence on items that complete work left out; it makes the command exit with 1. */
  leftOut?: string | undefined
  /** Why the work ended early; undefined after Ctrl-C. */
  error?: unknown
  /** A sentence for the error, if its own message is not enough. */
  reason?: string | undefined
  /** Whether to report the error alone, because nothing was done. */
  didNothing?: boolean
  /** A sentence on what partial work did. */
  soFar?: string
  /** How many items may have been done too, because their reply was lost. */
  uncertain?: number
  /** A sentence on how to continue partial work. */
  next?: string
}

/**
 * Prints the result of bulk work. Throws `CommandFailure` for partial work, with what was done and how to continue, and
 * for complete work that left something out.
 */
export function reportWork<Result>(report: WorkReport<Result>, options: { json?: boolean }): void {
  const { result, toText, printsPartialText, isComplete, leftOut, error, didNothing } = report
  const isInterrupted = error === undefined || isJumunError(error, 'ABORTED')
  if (!isInterrupted && didNothing) throw error
  if (isComplete || printsPartialText || options.json) printResult(result, options, toText)
  if (!isComplete) throw partialWork(report, isInterrupted)
  if (leftOut !== undefined) throw new CommandFailure(leftOut, EXIT_REFUSED)
}

type Ending = Pick<WorkReport<unknown>, 'error' | 'reason' | 'soFar' | 'uncertain' | 'next'>

function partialWork(ending: Ending, isInterrupted: boolean): CommandFailure {
  const { error, reason = describe(error), soFar, uncertain = 0, next } = ending
  const lost = uncertain > 0 && `${uncertain} more may have been: their reply was lost.`
  const message = [isInterrupted ? 'Stopped:' : reason, soFar, lost, next].filter(Boolean).join(' ')
  return new CommandFailure(message, isInterrupted ? EXIT_INTERRUPTED : explain(error).exitCode)
}
