/** Turns bytes into text. Throws for what is not UTF-8, such as the CSV that a Korean spreadsheet saves by default. */
export async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    const isEncoding = (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    throw isEncoding ? new Error('it is not UTF-8 text; save it as UTF-8') : error
  }
}
