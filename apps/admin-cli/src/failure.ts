import { isJumunError, type JumunError } from '@jumun/client'
import { type Command, CommanderError } from 'commander'
import { escapeControls } from './terminal/output.ts'

export const EXIT_REFUSED = 1
export const EXIT_USAGE = 2
export const EXIT_UNREACHABLE = 3
export const EXIT_INTERRUPTED = 130

/** A failure with a message for the user and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Whether a failed call may nevertheless have taken effect. */
export function isOutcomeUnknown(error: unknown): boolean {
  return isJumunError(error) && error.isOutcomeUnknown
}

/** Makes the line to print for a failure and the exit code. The line is undefined if commander has printed it already. */
export function explain(error: unknown): { line: string | undefined; exitCode: number } {
  if (error instanceof CommanderError) return { line: undefined, exitCode: error.exitCode === 0 ? 0 : EXIT_USAGE }
  if (isJumunError(error, 'ABORTED')) return { line: `Stopped: ${unknownOutcome(error)}.`, exitCode: EXIT_INTERRUPTED }
  if (error instanceof CommandFailure && error.exitCode === EXIT_INTERRUPTED)
    return { line: error.message, exitCode: EXIT_INTERRUPTED }
  return { line: toLine(describe(error)), exitCode: exitCodeOf(error) }
}

/** Returns the message of a failure; for an error of the API, with the details of its code. */
export function describe(error: unknown): string {
  if (!isJumunError(error)) return error instanceof Error ? error.message : String(error)
  const details = detailsOf(error)
  return details === undefined ? error.message : `${error.message} (${details})`
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode
  if (isJumunError(error, 'BAD_REQUEST')) return EXIT_USAGE
  return isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE') ? EXIT_UNREACHABLE : EXIT_REFUSED
}

function detailsOf(error: JumunError): string | undefined {
  if (isJumunError(error, 'BAD_REQUEST')) {
    return error.details.issues
      .map(({ path, message }) => (path.length > 0 ? `${wordOf(path)}: ${message}` : message))
      .join('; ')
  }
  if (isJumunError(error, 'OUT_OF_STOCK')) {
    return error.details.shortages
      .map(
        ({ productId, requested, available }) => `product ${productId}: ${requested} requested, ${available} available`,
      )
      .join('; ')
  }
  if (isJumunError(error, 'INSUFFICIENT_POINTS')) {
    return `balance ${error.details.balance}, required ${error.details.required}`
  }
  if (isJumunError(error, 'POINT_LIMIT_EXCEEDED')) {
    return `balance ${error.details.balance}, limit ${error.details.limit}`
  }
  if (isJumunError(error, 'PRODUCT_CHANGED')) {
    const { name, price, stock } = error.details.product
    return `${name}: price ${price}, stock ${stock}`
  }
  if (isJumunError(error, 'ORDER_NOT_PAYABLE', 'ORDER_NOT_CANCELLABLE')) return `it is ${error.details.orderStatus}`
  if (isJumunError(error, 'CURSOR_EXPIRED')) return `the oldest that are kept: --after ${error.details.oldest}`
  if (isJumunError(error, 'UNAUTHENTICATED')) return 'give a token with --token or JUMUN_TOKEN'
  if (isJumunError(error, 'INTERNAL')) return `request id ${error.requestId}`
  if (error.isOutcomeUnknown) return unknownOutcome(error)
  return undefined
}

/** Names of fields that differ from those of their options. */
const OPTION_NAMES: Record<string, string> = { idempotencyKey: 'key', topics: 'topic' }

let running: Command | undefined

/** Sets the command that runs, whose words `describe` uses; undefined: none. */
export function setRunningCommand(command: Command | undefined): void {
  running = command
}

/** Names a field of an input as the option from which it came. */
function wordOf(path: readonly (string | number)[]): string {
  const field = path.findLast((part) => typeof part === 'string')
  const name = OPTION_NAMES[field ?? ''] ?? field
  return running?.options.find((option) => option.attributeName() === name)?.long ?? path.join('.')
}

function unknownOutcome({ idempotencyKey }: JumunError): string {
  const repeat =
    idempotencyKey === undefined ? '' : `; with --key ${idempotencyKey} it can be repeated and is done once`
  return `whether it was done is not known${repeat}`
}

/** Makes one line, so that a message cannot forge another. */
function toLine(text: string): string {
  return `error: ${escapeControls(text.trim())}`
}
