import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProxyMode } from './messages.ts'

const HOST = '127.0.0.1'

/** A connection between two programs that can be broken in many ways. */
export interface Wire {
  /** Where it begins. */
  port: number
  /** Changes what it does, for connections that are open too. */
  setMode(mode: ProxyMode): void
  /** Changes where it ends, for connections to come. */
  setTarget(port: number): void
}

/** Passes everything between a port of its own and another one of this machine. */
export async function openWire(options: {
  port: number
  happened: (what: 'held' | 'commit-cut') => void
}): Promise<Wire> {
  const { happened } = options
  const connections = new Set<Connection>()
  let target = options.port
  let mode: ProxyMode = { kind: 'open' }
  const server = createServer((near) => {
    if (mode.kind === 'cut') {
      near.destroy()
      return
    }
    const connection = new Connection(near, connect(target, HOST), { mode: () => mode, happened })
    connections.add(connection)
    near.once('close', () => connections.delete(connection))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    setTarget: (port) => {
      target = port
    },
    setMode(next) {
      const held = ['hold-request', 'hold-answer'].includes(mode.kind)
      mode = next
      if (next.kind === 'cut') for (const connection of connections) connection.destroy()
      else if (held) for (const connection of connections) connection.destroyIfSpoilt()
    },
  }
}

interface Rules {
  mode: () => ProxyMode
  happened: (what: 'held' | 'commit-cut') => void
}

class Connection {
  readonly #near: Socket
  readonly #far: Socket
  readonly #rules: Rules
  /** What was swallowed is missing for good: such a connection is of no use any more. */
  #swallowed = false
  /** Half open, for ever, though others get through again: as when a router in between has forgotten it. */
  #deaf = false
  #doomed = false

  constructor(near: Socket, far: Socket, rules: Rules) {
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
      // Of a connection that is half open nobody is told its end either.
      socket.on('close', () => this.#isDeaf() || this.destroy())
    }
  }

  destroy(): void {
    this.#near.destroy()
    this.#far.destroy()
  }

  destroyIfSpoilt(): void {
    if (this.#swallowed || this.#near.destroyed || this.#far.destroyed) this.destroy()
  }

  /** Called for whatever passes, so that a connection over which nothing was lost is not lost either. */
  #isDeaf(): boolean {
    this.#deaf ||= this.#rules.mode().kind === 'silent'
    return this.#deaf
  }

  #fromClient(bytes: Buffer, pass: Pass): void {
    const mode = this.#rules.mode()
    if (this.#isDeaf()) return
    if (mode.kind === 'hold-request') {
      this.#swallowed = true
      this.#rules.happened('held')
      return
    }
    pass(bytes, mode.kind === 'slow' ? mode.ms : 0)
    if (mode.kind !== 'cut-after-commit' || !isCommit(bytes) || Math.random() >= mode.share) return
    this.#rules.happened('commit-cut')
    // Half of them break when the commit is certain, half while it may or may not happen.
    if (Math.random() < 0.5) this.#doomed = true
    else this.#far.end(() => this.destroy())
  }

  #fromServer(bytes: Buffer, pass: Pass): void {
    const mode = this.#rules.mode()
    if (this.#doomed) {
      this.destroy()
      return
    }
    if (this.#isDeaf()) return
    if (mode.kind === 'hold-answer') {
      this.#swallowed = true
      this.#rules.happened('held')
      return
    }
    pass(bytes, mode.kind === 'slow' ? mode.ms : 0)
  }
}

/** Whether a message of PostgreSQL's protocol asks to commit (it has to lie in one piece, as so short a one does). */
function isCommit(bytes: Buffer): boolean {
  return /commit\0/i.test(bytes.toString('latin1'))
}

type Pass = (bytes: Buffer, delayMs: number) => void

/** Passes bytes on after a delay, in the order in which they came even when the delay changes. */
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
