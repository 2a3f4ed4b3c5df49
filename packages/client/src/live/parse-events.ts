/** An event of a stream. Each `retry` line is an event of its own, of the type `retry`. */
export interface ServerEvent {
  type: string
  data: string
  id: string | undefined
}

/**
 * Creates a parser of `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 * It takes decoded text in chunks that may end anywhere, and returns the events that each chunk completes.
 */
export function createEventParser(): (chunk: string) => ServerEvent[] {
  let rest = ''
  let isAfterCR = false
  let type = ''
  let data: string[] = []
  let id: string | undefined
  const readLine = (line: string): ServerEvent[] => {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') type = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) return [{ type: 'retry', data: value, id: undefined }]
    return []
  }
  const dispatch = (): ServerEvent[] => {
    const event = { type: type || 'message', data: data.join('\n'), id }
    const events = data.length > 0 ? [event] : []
    type = ''
    data = []
    id = undefined
    return events
  }
  return (chunk) => {
    if (chunk === '') return []
    // A chunk may end between CR and LF, which are one line end.
    const text = rest + (isAfterCR && chunk.startsWith('\n') ? chunk.slice(1) : chunk)
    isAfterCR = chunk.endsWith('\r')
    const lines = text.split(/\r\n|\r|\n/)
    rest = lines.pop() ?? ''
    return lines.flatMap((line) => (line === '' ? dispatch() : readLine(line)))
  }
}
