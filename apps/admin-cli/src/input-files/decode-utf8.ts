/** Decodes UTF-8. Throws for other encodings, such as CP949, in which Korean spreadsheets save CSV by default. */
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
