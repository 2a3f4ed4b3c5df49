import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const HOST = '127.0.0.1'

/** What a proxy does with its connections. */
export type ProxyMode =
  | { kind: 'open' }
  /** Closes every connection and refuses new ones. */
  | { kind: 'refuse' }
  /** Closes every connection; accepts new ones and closes them at once. */
  | { kind: 'cut' }
  /** Delays everything by so many milliseconds, each way. */
  | { kind: 'slow'; ms: number }
  /** Half open: drops all bytes without closing. A connection that lost bytes stays half open in every later mode. */
  | { kind: 'silent' }
  /** Breaks a share of the connections over which COMMIT is sent before the reply arrives. */
  | { kind: 'cut-after-commit'; share: number }
  /** Drops requests: none reaches its receiver. */
  | { kind: 'hold-request' }
  /** Drops replies: none reaches its receiver. */
  | { kind: 'hold-reply' }

/** What a proxy reports: that it dropped bytes in a `hold-…` mode, or that it broke a connection at a COMMIT. */
export type ProxyEvent = 'held' | 'commit-cut'

/** Where bytes come from: the program that connected, or the one behind the proxy. */
export type ProxySide = 'client' | 'server'

/** A proxy between two programs of one machine that breaks their connections. */
export interface TcpProxy {
  /** Where it listens, on 127.0.0.1. */
  port: number
  /** Changes the mode, also of open connections. */
  setMode(mode: ProxyMode): Promise<void>
  /** Changes the target of new connections. */
  setTarget(target: ProxyTarget): void
  /** Makes the server of a url the target, and returns the url with the proxy in its place. */
  via(url: string): string
  /** Makes every open connection half open for good; new connections follow the mode. */
  stall(): void
  /** Closes every connection and opens the proxy for new ones. */
  reset(): Promise<void>
  close(): Promise<void>
}

interface ProxyTarget {
  host?: string
  port: number
  /** The address that the target sees; by default the one of the target. */
  localAddress?: string
}

/**
 * Starts a proxy on a free port. It has no target yet.
 *
 * @param random draws for `cut-after-commit`, from 0 up to 1
 * @param onBytes called when bytes are passed on
 */
export async function startTcpProxy({
  random = Math.random,
  onEvent = () => {},
  onBytes = () => {},
}: {
  random?: () => number
  onEvent?: (event: ProxyEvent) => void
  onBytes?: (from: ProxySide) => void
} = {}): Promise<TcpProxy> {
  const connections = new Set<Connection>()
  let target: ProxyTarget = { port: 0 }
  let mode: ProxyMode = { kind: 'open' }
  const rules: Rules = { mode: () => mode, random, onEvent, onBytes }
  const server = createServer((near) => {
    if (mode.kind === 'cut') return void near.destroy()
    const connection = new Connection(near, connect({ host: HOST, ...target }), rules, () =>
      connections.delete(connection),
    )
    connections.add(connection)
  })
  const listen = async (port: number) => {
    server.listen(port, HOST)
    await once(server, 'listening')
  }
  const destroyAll = () => {
    for (const connection of connections) connection.destroy()
  }
  const stopListening = async () => {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    destroyAll()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const setMode = async (next: ProxyMode) => {
    const wasHolding = ['hold-request', 'hold-reply'].includes(mode.kind)
    mode = next
    if (next.kind === 'refuse') return stopListening()
    if (next.kind === 'cut') destroyAll()
    else if (wasHolding) for (const connection of connections) connection.destroyIfIncomplete()
    if (!server.listening) await listen(port)
  }
  return {
    port,
    setMode,
    setTarget: (next) => {
      target = next
    },
    via(url) {
      const through = new URL(url)
      target = { host: through.hostname, port: Number(through.port || 5432) }
      through.host = `${HOST}:${port}`
      return through.href
    },
    stall() {
      for (const connection of connections) connection.stall()
    },
    async reset() {
      destroyAll()
      await setMode({ kind: 'open' })
    },
    close: stopListening,
  }
}

interface Rules {
  mode: () => ProxyMode
  random: () => number
  onEvent: (event: ProxyEvent) => void
  onBytes: (from: ProxySide) => void
}

class Connection {
  readonly #near: Socket
  readonly #far: Socket
  readonly #rules: Rules
  /** Whether bytes were dropped in a `hold-…` mode, after which the connection cannot be used any more. */
  #incomplete = false
  /** Whether the connection is half open for good, as when a router between the two programs has lost its state. */
  #stalled = false
  /** Whether the connection breaks at the next bytes from the server. */
  #breaksAtReply = false

  constructor(near: Socket, far: Socket, rules: Rules, onClosed: () => void) {
    this.#near = near
    this.#far = far
    this.#rules = rules
    const toServer = delayLine((bytes) => far.write(bytes))
    const toClient = delayLine((bytes) => near.write(bytes))
    near.on('data', (bytes: Buffer) => this.#fromClient(bytes, toServer))
    far.on('data', (bytes: Buffer) => this.#fromServer(bytes, toClient))
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        // One end of a half-open connection does not notice that the other one closed.
        if (!this.#isStalled()) this.destroy()
        if (near.destroyed && far.destroyed) onClosed()
      })
    }
  }

  destroy(): void {
    this.#near.destroy()
    this.#far.destroy()
  }

  destroyIfIncomplete(): void {
    if (this.#incomplete || this.#near.destroyed || this.#far.destroyed) this.destroy()
  }

  stall(): void {
    this.#stalled = true
  }

  /** Checked at each event, so that a connection which lost no bytes while the mode was `silent` works again after it. */
  #isStalled(): boolean {
    this.#stalled ||= this.#rules.mode().kind === 'silent'
    return this.#stalled
  }

  #fromClient(bytes: Buffer, pass: Pass): void {
    const mode = this.#rules.mode()
    if (this.#isStalled()) return
    if (mode.kind === 'hold-request') {
      this.#incomplete = true
      this.#rules.onEvent('held')
      return
    }
    this.#rules.onBytes('client')
    pass(bytes, mode.kind === 'slow' ? mode.ms : 0)
    if (mode.kind !== 'cut-after-commit' || !isCommit(bytes) || this.#rules.random() >= mode.share) return
    this.#rules.onEvent('commit-cut')
    // Half of the connections break when the server's reply arrives, so the commit is certain. The other half break at once, so it is not.
    if (this.#rules.random() < 0.5) this.#breaksAtReply = true
    else this.#far.end(() => this.destroy())
  }

  #fromServer(bytes: Buffer, pass: Pass): void {
    const mode = this.#rules.mode()
    if (this.#breaksAtReply) {
      this.destroy()
      return
    }
    if (this.#isStalled()) return
    if (mode.kind === 'hold-reply') {
      this.#incomplete = true
      this.#rules.onEvent('held')
      return
    }
    this.#rules.onBytes('server')
    pass(bytes, mode.kind === 'slow' ? mode.ms : 0)
  }
}

/** Whether a message of PostgreSQL's protocol commits. It is so short that it always arrives in one piece. */
function isCommit(bytes: Buffer): boolean {
  return /commit\0/i.test(bytes.toString('latin1'))
}

type Pass = (bytes: Buffer, delayMs: number) => void

/** Passes bytes on after a delay, in the order of arrival even when the delay changes. */
function delayLine(write: (bytes: Buffer) => void): Pass {
  let waiting = 0
  let last = Promise.resolve()
  return (bytes, delayMs) => {
    if (delayMs === 0 && waiting === 0) return write(bytes)
    waiting++
    const due = sleep(delayMs)
    last = last.then(async () => {
      await due
      waiting--
      write(bytes)
    })
  }
}
