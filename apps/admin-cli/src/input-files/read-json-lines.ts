import { decodeUtf8 } from './decode-utf8.ts'
import type { RawRow } from './row.ts'

const MAX_LINE_LENGTH = 100_000

/** Streams the rows of a JSON Lines file in UTF-8. A line that is not JSON is a bad row. Throws for a line that is too long. */
export async function* readJsonLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RawRow> {
  let line = 0
  let rest = ''
  for await (const text of decodeUtf8(bytes)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_LENGTH) throw new Error(`line ${line + lines.length + 1} is too long`)
    for (const text of lines) yield* toRow(text, ++line)
  }
  yield* toRow(rest, line + 1)
}

function* toRow(text: string, line: number): Generator<RawRow> {
  if (text.trim() === '') return
  try {
    yield { line, value: JSON.parse(text) }
  } catch {
    yield { line, problem: 'is not JSON' }
  }
}
