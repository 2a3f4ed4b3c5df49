import { styleText } from 'node:util'

/** A stream that may be a terminal; a terminal has a width. */
export type OutputStream = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>

/** A control sequence of ours, which `write` leaves as it is. */
export class Control {
  readonly sequence: string

  constructor(sequence: string) {
    this.sequence = sequence
  }
}

/** Text, of which `write` escapes all control characters but tabs and line ends, or a control sequence of ours. */
export type Part = string | Control

/**
 * Writes to stdout or stderr; all output goes through here. Names and messages come from servers and files: their control characters could
 * move the cursor, set the clipboard, or show a text in another order. The escapes are those of JSON, so they leave the value of JSON as it
 * is.
 */
export function write(stream: NodeJS.WritableStream, ...parts: Part[]): void {
  const texts = parts.map((part) =>
    part instanceof Control
      ? part.sequence
      : part
          .split(/([\n\t])/)
          .map((text, index) => (index % 2 ? text : escapeControls(text)))
          .join(''),
  )
  stream.write(texts.join(''))
}

/** Shows control characters, bidi controls, line separators and lone surrogates as escapes such as \u001b, so that the text is one line. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Styles a text for stdout, unless colours are off there. */
export function styled(style: Parameters<typeof styleText>[0], text: string): Control {
  return new Control(styleText(style, escapeControls(text), { stream: process.stdout }))
}

/**
 * Prints the result of a command to stdout: as JSON with `--json`, otherwise as text.
 *
 * @param toText makes the text, including the final newline
 */
export function printResult<Result>(
  result: Result,
  { json }: { json?: boolean },
  toText: (result: Result) => string | Part[],
): void {
  if (json) printJson(result, 2)
  else write(process.stdout, ...[toText(result)].flat())
}

/** Prints JSON to stdout, by default on one line. */
export function printJson(value: unknown, indent?: number): void {
  write(process.stdout, `${JSON.stringify(value, null, indent)}\n`)
}

/** Prints a message to stderr, on one line. */
export function printMessage(message: string): void {
  write(process.stderr, `${escapeControls(message)}\n`)
}
