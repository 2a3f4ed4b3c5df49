import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { parseDatabaseUrl } from './database-url.ts'
import { askReadOnly, socketOf } from './session-state.ts'

/** How long one server may take to say whether it can be written. All are asked at once. */
const PROBE_MS = 1_000

/** How much longer servers that are earlier in the order may take than one that can be used. */
const PRECEDENCE_MS = 200

/** For how long a search that found none answers for the calls after it, so that they do not burden a standby that takes over. */
const SEARCH_PAUSE_MS = 200

/** Whether a server must be one that can be written, or may be a standby. */
export type Need = 'read-write' | 'any'

/** Its code is that of PostgreSQL for a connection that could not be made, so that it counts as an outage. */
class NoServerError extends Error {
  override readonly name = 'NoServerError'
  readonly code = '08001'
}

/**
 * The servers of one database, shared by the clients of all its pools. With several it finds the one that can be written, and
 * looks again after each connection that ended: in the order of the URL, but first where it was last.
 */
export class DatabaseServers {
  readonly need: Need
  /** Whether statements may have names. Becomes false with the first sign of a pooler that does not know them. */
  prepares: boolean
  readonly #probeMs: number
  readonly #urls: string[]
  readonly #hosts: string[]
  readonly #clients = new Set<Client>()
  /** The index of the server last found, and whether all connections to it have held since. */
  #last = 0
  #holds = false
  #search: Promise<void> | undefined

  /**
   * Throws if the URL is malformed.
   *
   * @param probeMs how long one server may take to say whether it can be used, in milliseconds
   */
  constructor(url: string, need: Need = 'read-write', probeMs = PROBE_MS) {
    const address = parseDatabaseUrl(url)
    if (!address) throw new TypeError('The URL of the database is malformed.')
    this.need = need
    this.#probeMs = probeMs
    this.prepares = address.prepares
    this.#urls = address.urls
    this.#hosts = address.hosts
  }

  /** The URL of the first server, for the driver. */
  get url(): string {
    return this.#urls[0] as string
  }

  get isOne(): boolean {
    return this.#urls.length === 1
  }

  /** Finds the URL of the server to connect to. Throws an error of one line that says why none will do. */
  async find(): Promise<string> {
    if (!this.#holds) {
      this.#search ??= this.#searchOnce()
      await this.#search
    }
    return this.#urls[this.#last] as string
  }

  async #searchOnce(): Promise<void> {
    const end = () => {
      this.#search = undefined
    }
    try {
      await this.#findWritable()
      end()
    } catch (error) {
      setTimeout(end, SEARCH_PAUSE_MS).unref()
      throw error
    }
  }

  /** Holds a client from the beginning of its connection, to drop it with the others. */
  add(client: Client): void {
    this.#clients.add(client)
  }

  /** The connection of a client could not be made, or has ended: the server may not be the one to use any more. */
  remove(client: Client): void {
    this.#clients.delete(client)
    this.#holds = false
  }

  /** Breaks every connection: the server cannot be written any more, or nobody waits for it. */
  drop(): void {
    this.#holds = false
    for (const client of this.#clients) socketOf(client).destroy()
  }

  async #findWritable(): Promise<void> {
    const order = this.#urls.map((_, index) => (index + this.#last) % this.#urls.length)
    // Together, so that a dead server costs its time once; answers count in order, so that all processes choose the same one.
    const answers = order.map((index) => refusalOf(this.#urls[index] as string, this.need, this.#probeMs))
    const isLate = sleepAfterUsable(answers)
    const refusals: string[] = []
    for (const [position, index] of order.entries()) {
      const refusal = await Promise.race([answers[position], isLate])
      if (refusal !== undefined) {
        refusals[index] = `${this.#hosts[index]} ${refusal}`
        continue
      }
      if (index !== this.#last) this.drop()
      this.#last = index
      this.#holds = true
      return
    }
    throw new NoServerError(`No server can be ${this.need === 'any' ? 'read' : 'written'}: ${refusals.join('; ')}.`)
  }
}

/** Resolves some time after one of the answers was that a server will do. Never if none is. */
async function sleepAfterUsable(answers: Promise<string | undefined>[]): Promise<string> {
  await new Promise<void>((resolve) => {
    for (const answer of answers) answer.then((refusal) => refusal === undefined && resolve())
  })
  await sleep(PRECEDENCE_MS, undefined, { ref: false })
  return 'has not answered yet'
}

/** Why a server will not do; undefined if it will. */
async function refusalOf(url: string, need: Need, probeMs: number): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: probeMs, query_timeout: probeMs })
  client.on('error', () => {})
  try {
    await client.connect()
    // Asked even where it reports that it can be written: a pooler repeats what its server was when it first connected to it.
    const readOnly = need === 'read-write' && (await askReadOnly(client))
    return readOnly ? 'is read-only' : undefined
  } catch (error) {
    return `failed: ${(error as Error).message.split('\n', 1)[0]}`
  } finally {
    // A server that does not answer does not end its connection either.
    client.end().catch(() => {})
    setTimeout(() => socketOf(client).destroy(), probeMs).unref()
  }
}
