/** A stream that may be a terminal; a terminal has a width. */
export type OutputStream = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>

/**
 * Prints the result of a command to stdout: as JSON with `--json`, otherwise as text.
 *
 * @param toText makes the text, including the final newline
 */
export function printResult<Result>(result: Result, { json }: { json?: boolean }, toText: (result: Result) => string) {
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : toText(result))
}

/** Prints a message to stderr. */
export function printMessage(message: string): void {
  process.stderr.write(`${message}\n`)
}
