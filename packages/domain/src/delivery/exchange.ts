/** An address of the data platform, below its base address. */
export function toEndpoint(baseUrl: string, path: string): URL {
  const endpoint = new URL(baseUrl)
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}${path}`
  return endpoint
}

/** The text of an answer. Throws `RangeError` for one that is longer than it may be, without reading on. */
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

/** A body that nobody reads would keep its connection. It may have broken meanwhile, which is as good. */
export async function hangUp(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** Whether an exchange ended because its time was up. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
