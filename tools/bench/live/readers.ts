import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** How many connections are opened at once. */
const OPENED_AT_ONCE = 50

/** What readers of the live feed received. */
export interface Readers {
  /** Events so far, of all readers together: changes, and bookmarks. */
  changes: number
  bookmarks: number
  /** How many streams the server has closed. */
  closed: number
  /** Milliseconds from the begin of a change's transaction until the first reader had it. */
  delays: number[]
  close(): void
}

/**
 * Opens streams of server-sent events over plain sockets. Counts what arrives without parsing it, so that the readers cost little beside the
 * server; only the first one reads the times of the changes.
 *
 * @param target path and bearer token
 */
export async function openReaders(
  url: string,
  count: number,
  target: { path: string; token: string },
): Promise<Readers> {
  const sockets: Socket[] = []
  const readers: Readers = {
    changes: 0,
    bookmarks: 0,
    closed: 0,
    delays: [],
    close: () => sockets.forEach((socket) => void socket.destroy()),
  }
  for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened) }, (_, index) =>
      openReader(new URL(url), target, readers, opened + index === 0),
    )
    sockets.push(...(await Promise.all(some)))
  }
  return readers
}

async function openReader(
  { hostname, port, host }: URL,
  { path, token }: { path: string; token: string },
  readers: Readers,
  isFirst: boolean,
): Promise<Socket> {
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  if (!head.includes('200 OK')) throw new Error(`The server answered ${head.toString().split('\r\n')[0]}`)
  socket.on('data', (chunk: Buffer) => {
    readers.changes += countOf(chunk, 'event: change\n')
    readers.bookmarks += countOf(chunk, 'event: bookmark\n')
    if (!isFirst) return
    const now = Date.now()
    for (const [, at = ''] of chunk.toString().matchAll(/"at":"([^"]+)"/g)) readers.delays.push(now - Date.parse(at))
  })
  socket.once('close', () => void readers.closed++)
  return socket
}

function countOf(chunk: Buffer, text: string): number {
  let count = 0
  for (let at = chunk.indexOf(text); at >= 0; at = chunk.indexOf(text, at + text.length)) count++
  return count
}
