import { isJumunError, type JumunError } from '@jumun/client'
import { CommanderError } from 'commander'

export const EXIT_REFUSED = 1
export const EXIT_USAGE = 2
export const EXIT_UNREACHABLE = 3
export const EXIT_INTERRUPTED = 130

/** A failure that the command line itself finds. */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Whether it is not known if the call that failed has had its effect. */
export function leavesOpen(error: unknown): boolean {
  return isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE', 'ABORTED')
}

/** What to tell of a failure, in one line, and how to exit. There is no line for what commander has told already. */
export function explain(error: unknown): { line: string | undefined; exitCode: number } {
  if (error instanceof CommanderError) return { line: undefined, exitCode: error.exitCode === 0 ? 0 : EXIT_USAGE }
  if (isJumunError(error, 'ABORTED')) return { line: `Stopped: ${whatIsKnown(error)}.`, exitCode: EXIT_INTERRUPTED }
  if (isJumunError(error)) return { line: toLine(describe(error)), exitCode: exitCodeOf(error) }
  if (error instanceof CommandFailure) {
    const { message, exitCode } = error
    return { line: exitCode === EXIT_INTERRUPTED ? message : toLine(message), exitCode }
  }
  return { line: toLine(error instanceof Error ? error.message : String(error)), exitCode: EXIT_REFUSED }
}

/** The sentence of a refusal with the details of its code. */
export function describe(error: JumunError): string {
  const details = detailsOf(error)
  return details === undefined ? error.message : `${error.message} (${details})`
}

function exitCodeOf(error: JumunError): number {
  if (isJumunError(error, 'BAD_REQUEST')) return EXIT_USAGE
  return isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE') ? EXIT_UNREACHABLE : EXIT_REFUSED
}

function detailsOf(error: JumunError): string | undefined {
  if (isJumunError(error, 'BAD_REQUEST')) {
    return error.details.issues
      .map(({ path, message }) => [...path].join('.').concat(path.length > 0 ? ': ' : '', message))
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
  if (isJumunError(error, 'ORDER_NOT_PAYABLE', 'ORDER_NOT_CANCELLABLE')) return `it is ${error.details.orderStatus}`
  if (isJumunError(error, 'UNAUTHENTICATED')) return 'give a token with --token or JUMUN_TOKEN'
  if (isJumunError(error, 'INTERNAL')) return `request id ${error.requestId}`
  if (isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE') && error.idempotencyKey !== undefined) return whatIsKnown(error)
  return undefined
}

function whatIsKnown({ idempotencyKey }: JumunError): string {
  const again = idempotencyKey === undefined ? '' : `; with --key ${idempotencyKey} it can be repeated and is done once`
  return `whether it was done is not known${again}`
}

/** One line without control characters, whoever wrote the text. */
function toLine(text: string): string {
  return `error: ${text.replace(/\p{Cc}+/gu, ' ').trim()}`
}
