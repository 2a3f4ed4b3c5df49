import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Reply } from './transports.ts'

/** Sends bytes over a new connection, and reads until the server closes it. */
export async function sendBytes(url: string, bytes: string): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(': ') as [string, string]))
  const json = JSON.parse(body)
  const problem = json.error?.data.problem ?? json
  return { status: Number(statusLine.split(' ')[1]), headers, text: body, problem }
}
