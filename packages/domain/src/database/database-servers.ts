import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { parseDatabaseUrl } from './database-url.ts'
import { askReadOnly, socketOf } from './session-state.ts'

/** How long one server may take to say whether it can be written. All are asked at once. */
const PROBE_MS = 1_000

/** How much longer the others may take than the first one that can be used. */
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
 * looks again after each connection that ended. If two can be written, one is a primary that another has replaced and that does not
 * know it yet: the one that was promoted last is used. Otherwise the order of the URL counts, but first where it was last.
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
      await this.#findUsable()
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

  async #findUsable(): Promise<void> {
    const order = this.#urls.map((_, index) => (index + this.#last) % this.#urls.length)
    // Together, so that a dead server costs its time once.
    const answers = order.map((index) => askServer(this.#urls[index] as string, this.need, this.#probeMs))
    const late = sleepAfterUsable(answers)
    const refusals: string[] = []
    let best: { index: number; timeline: number } | undefined
    for (const [position, answer] of answers.entries()) {
      const index = order[position] as number
      const { refusal, timeline = 0 } = await Promise.race([answer, late])
      if (refusal !== undefined) refusals[index] = `${this.#hosts[index]} ${refusal}`
      else if (!best || timeline > best.timeline) best = { index, timeline }
    }
    if (!best)
      throw new NoServerError(`No server can be ${this.need === 'any' ? 'read' : 'written'}: ${refusals.join('; ')}.`)
    if (best.index !== this.#last) this.drop()
    this.#last = best.index
    this.#holds = true
  }
}

/** Why a server will not do; or, if it can be written, its timeline, which each promotion of a standby counts up. */
interface Answer {
  refusal?: string
  timeline?: number
}

/** Resolves some time after one of the answers was that a server will do. Never if none is. */
async function sleepAfterUsable(answers: Promise<Answer>[]): Promise<Answer> {
  await new Promise<void>((resolve) => {
    for (const answer of answers) answer.then(({ refusal }) => refusal === undefined && resolve())
  })
  await sleep(PRECEDENCE_MS, undefined, { ref: false })
  return { refusal: 'has not answered yet' }
}

async function askServer(url: string, need: Need, probeMs: number): Promise<Answer> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: probeMs, query_timeout: probeMs })
  client.on('error', () => {})
  try {
    await client.connect()
    if (need === 'any') return {}
    // Asked even where it reports that it can be written: a pooler repeats what its server was when it first connected to it.
    if (await askReadOnly(client)) return { refusal: 'is read-only' }
    return { timeline: await readTimeline(client) }
  } catch (error) {
    return { refusal: `failed: ${(error as Error).message.split('\n', 1)[0]}` }
  } finally {
    // A server that does not answer does not end its connection either.
    client.end().catch(() => {})
    setTimeout(() => socketOf(client).destroy(), probeMs).unref()
  }
}

/** The timeline is the first eight digits of the name of a file of the log (PostgreSQL manual, "WAL Internals"). */
async function readTimeline(client: Client): Promise<number> {
  try {
    const { rows } = await client.query<{ file: string }>('select pg_walfile_name(pg_current_wal_lsn()) as file')
    return Number.parseInt(rows[0]?.file.slice(0, 8) ?? '0', 16)
  } catch (error) {
    // Some operators of databases do not allow these functions. Then the order of the URL decides.
    if (error instanceof DatabaseError) return 0
    throw error
  }
}
