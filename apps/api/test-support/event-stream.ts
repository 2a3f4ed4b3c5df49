import type { TestApi } from '@jumun/test-kit/api'

/** An event as it came over the wire. */
interface StreamEvent {
  event: string
  id?: string
  data: string
  retry?: string
}

/** A stream of events that a test reads. */
export interface OpenStream {
  response: Response
  /** The next event; undefined at the end. Bookmarks and pings are left out, unless asked for. */
  next(options?: { beats?: boolean }): Promise<StreamEvent | undefined>
  /** Goes away without a word. */
  cut(): void
}

/** Opens a stream. */
export async function openStream(
  { url }: Pick<TestApi, 'url'>,
  path: string,
  { token, lastEventId }: { token?: string | undefined; lastEventId?: string | undefined } = {},
): Promise<OpenStream> {
  const gone = new AbortController()
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  }
  const response = await fetch(url + path, { signal: gone.signal, headers })
  const events = response.body ? parseEvents(response.body) : undefined
  return {
    response,
    async next({ beats = false } = {}) {
      for (;;) {
        const one = await events?.next()
        if (!one || one.done) return undefined
        if (beats || !['bookmark', 'ping'].includes(one.value.event)) return one.value
      }
    },
    cut: () => gone.abort(),
  }
}

async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent, void> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end).trim()
        text = text.slice(end + 2)
        if (block !== '') yield toEvent(block)
      }
    }
  } catch {
    // The test has cut it.
  }
}

function toEvent(block: string): StreamEvent {
  const fields = block
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  return { event: 'message', data: '', ...Object.fromEntries(fields) }
}
