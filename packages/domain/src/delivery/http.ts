/** An address of the data platform, below its base address. */
export function toEndpoint(baseUrl: string, path: string): URL {
  const endpoint = new URL(baseUrl)
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}${path}`
  return endpoint
}

/** Reads the text of a response. Throws `RangeError` as soon as it is longer than `maxBytes`. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new RangeError(`The answer is longer than ${maxBytes} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Discards a response body, because an unread body keeps its connection. Never throws. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** Whether a request failed because its time limit was over. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
