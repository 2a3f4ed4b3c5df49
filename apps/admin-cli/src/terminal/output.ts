/**
 * Prints the result of a command to stdout: as JSON if that was asked for, else as text.
 *
 * @param toText makes the text, ending in a newline
 */
export function printResult<Result>(result: Result, { json }: { json?: boolean }, toText: (result: Result) => string) {
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : toText(result))
}

/** Tells the user something that is not data. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`)
}
