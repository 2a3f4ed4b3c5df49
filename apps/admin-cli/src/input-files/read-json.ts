import { Tokenizer, TokenParser, TokenType } from '@streamparser/json'
import { decodeUtf8 } from './decode-utf8.ts'
import type { RawRow } from './row.ts'

const NEWLINE = 0x0a
const OPENING: number[] = [TokenType.LEFT_BRACE, TokenType.LEFT_BRACKET]
const CLOSING: number[] = [TokenType.RIGHT_BRACE, TokenType.RIGHT_BRACKET]

/** Streams the items of a JSON array in UTF-8, each with the line on which it begins. Throws for anything else. */
export async function* readJson(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RawRow> {
  const lines = new LineCounter()
  const { tokens, values, found, lastLine } = itemParser(lines)
  for await (const text of decodeUtf8(bytes)) {
    const chunk = Buffer.from(text)
    lines.add(chunk)
    try {
      tokens.write(chunk)
    } catch {
      throw new Error(`line ${lastLine()}: it is not a JSON array`)
    }
    yield* found.splice(0)
  }
  if (!values.isEnded) throw new Error('it is not a whole JSON array')
}

/** Collects the items of the outermost array in `found`. */
function itemParser(lines: LineCounter) {
  const tokens = new Tokenizer()
  const values = new TokenParser({ paths: ['$.*'], keepStack: false })
  const found: RawRow[] = []
  let depth = 0
  let last = 0
  let line = 1
  tokens.onToken = (token) => {
    last = token.offset
    if (depth === 0 && token.token !== TokenType.LEFT_BRACKET) throw new Error('not an array')
    if (depth === 1 && token.token !== TokenType.COMMA) line = lines.lineOf(last)
    if (OPENING.includes(token.token)) depth++
    if (CLOSING.includes(token.token)) depth--
    values.write(token)
  }
  values.onValue = ({ value }) => found.push({ line, value })
  return { tokens, values, found, lastLine: () => lines.lineOf(last) }
}

/** Finds the line of a byte offset in a stream. Offsets must not decrease. */
class LineCounter {
  #chunk: Uint8Array = new Uint8Array()
  #chunkOffset = 0
  #counted = 0
  #line = 1

  add(chunk: Uint8Array): void {
    this.lineOf(this.#chunkOffset + this.#chunk.length)
    this.#chunkOffset += this.#chunk.length
    this.#chunk = chunk
    this.#counted = 0
  }

  lineOf(offset: number): number {
    for (const end = offset - this.#chunkOffset; this.#counted < end; this.#counted++) {
      if (this.#chunk[this.#counted] === NEWLINE) this.#line++
    }
    return this.#line
  }
}
