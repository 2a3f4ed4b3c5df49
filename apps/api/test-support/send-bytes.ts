import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Problem } from '@jumun/contract'
import type { Reply } from './transports.ts'

/** Sends bytes over a new connection, and reads until the server closes it. */
export async function sendBytes(url: string, bytes: string): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''))
  await once(socket, 'connect')
  socket.write(bytes)
  const [head = '', ...content] = (await text(socket)).split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(': ') as [string, string]))
  const isChunked = headers.get('transfer-encoding') === 'chunked'
  const body = isChunked ? joinChunks(content.join('\r\n\r\n')) : content.join('\r\n\r\n')
  return { status: Number(statusLine.split(' ')[1]), headers, text: body, problem: problemIn(JSON.parse(body)) }
}

/** Chunks with sizes, as JSON without line breaks is sent. */
function joinChunks(content: string): string {
  const lines = content.split('\r\n')
  return lines.filter((_, index) => index % 2 === 1).join('')
}

/** The problem of a response over REST or tRPC, or the first one of a batch. */
function problemIn(json: unknown): Problem {
  const [first] = Array.isArray(json) ? json : [json]
  return first.error?.data.problem ?? first
}
