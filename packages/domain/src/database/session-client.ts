import type { Socket } from 'node:net'
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral, type QueryResult } from 'pg'
import { connectClient } from './connect-client.ts'
import type { DatabaseServers } from './database-servers.ts'
import { SESSION_LIMITS } from './limits.ts'
import { DEFAULT_SCHEMA } from './schema.ts'
import { READ_ONLY_STATE, socketOf } from './session-state.ts'

/**
 * Settings that the code relies on, and that a database or role may have changed: the text form of times, the time zone, and strings in
 * which a backslash is no escape. Poolers accept these parameters at the start of a session and keep them for it.
 */
const SESSION_PARAMETERS = { DateStyle: 'ISO, MDY', TimeZone: 'UTC', standard_conforming_strings: 'on' }

/** The limits are set in each transaction, because poolers refuse them at the start of a session. */
const LIMITS = Object.keys(SESSION_LIMITS) as (keyof typeof SESSION_LIMITS)[]

/**
 * A prepared statement is planned only once. By default the server would plan a statement with short arrays at each execution, which costs
 * as much as the execution.
 */
const PLANS = 'force_generic_plan'

const BEGINS = /^\s*(?:begin|start\s+transaction)\b[^;]*/i
/** Statements that end a transaction, or must run outside of one. */
const WITHOUT_SETTINGS = /^\s*(?:commit|rollback|end|abort|vacuum|(?:create|drop|reindex)\s[\w\s]*\sconcurrently)\b/i
const READ_COMMITTED = 'isolation level read committed'

/** A property of `Client` that its types do not declare. */
interface Wire {
  connectionParameters: { application_name?: string }
}

type Callback = (error: Error | null, result?: unknown) => void

/** The configuration of a client. */
export interface SessionConfig extends ClientConfig {
  /** Replaces the URL. Clients with the same servers use the one that accepts writes, and are disconnected together when it stops to. */
  servers?: DatabaseServers
  /** The schema in which its statements find tables and functions; default `public`. */
  schema?: string
}

/**
 * A client whose limits also hold behind a pooler, which may give each transaction another session. It sets them inside the transaction, in
 * the message that begins it, together with the isolation level, the search path and the name of the session. Therefore it runs a single
 * statement in a transaction of its own.
 *
 * It pipelines: `begin` resolves at once and is sent with the next statement, and a single statement is sent together with the begin and
 * the commit of its transaction. So neither costs an extra round trip.
 */
export class SessionClient extends Client {
  protected readonly servers: DatabaseServers | undefined
  /** Statements that begin each transaction. */
  readonly #settings: string[]
  /** Whether a `begin` was sent that the server has not answered yet. */
  #isBeginning = false
  #isHeld = false

  constructor({ servers, schema = DEFAULT_SCHEMA, ...config }: SessionConfig = {}) {
    super({ ...config, ...(servers && { connectionString: servers.url }), pipeline: true } as ClientConfig)
    this.servers = servers
    const limits = LIMITS.filter((name) => typeof config[name] === 'number').map((name) => [name, config[name]])
    const settings = [...limits, ['plan_cache_mode', PLANS], ['search_path', escapeIdentifier(schema)]]
    const { application_name: name } = (this as unknown as Wire).connectionParameters
    if (name) settings.push(['application_name', escapeLiteral(name)])
    this.#settings = settings.map(([setting, value]) => `set local ${setting} = ${value}`)
  }

  override connect(): Promise<void>
  override connect(callback: (error: Error) => void): void
  override connect(callback?: (error: Error) => void): Promise<void> | void {
    if (!this.servers) return callback ? super.connect(callback) : super.connect()
    const connected = connectClient(this, this.servers, () => super.connect())
    if (!callback) return connected
    connected.then(callback as () => void, callback)
  }

  /** Overrides a method of `Client` that its types do not declare. */
  getStartupConf(): Record<string, string> {
    const { getStartupConf } = Client.prototype as unknown as { getStartupConf(): Record<string, string> }
    const parameters = Object.entries(getStartupConf.call(this)).filter(([name]) => !LIMITS.some((one) => one === name))
    return { ...Object.fromEntries(parameters), ...SESSION_PARAMETERS }
  }

  override query(text: unknown, ...args: unknown[]): never {
    if (typeof text !== 'string' || this.#isInTransaction() || WITHOUT_SETTINGS.test(text))
      return this.#sendHeld(text, ...args) as never
    const callback = args.findLast((arg) => typeof arg === 'function') as Callback | undefined
    const [values] = args
    const hasValues = Array.isArray(values) && values.length > 0
    const result = hasValues ? this.#runInTransaction(text, values) : this.#runWithSettings(text)
    if (!callback) return result as never
    result.then((rows) => callback(null, rows), callback)
    return undefined as never
  }

  /** Runs statements without values. Sends them and the settings in one message, so that they are in the same transaction. */
  async #runWithSettings(text: string): Promise<unknown> {
    const [begin] = BEGINS.exec(text) ?? []
    if (begin === undefined) return this.#sendTogether([`set transaction ${READ_COMMITTED}`, ...this.#settings], text)
    const head = [/isolation/i.test(begin) ? begin : `${begin} ${READ_COMMITTED}`, ...this.#settings]
    const rest = text.slice(begin.length).replace(/^;/, '').trim()
    if (rest !== '') return this.#sendTogether(head, rest)
    this.#begin(head)
    return { command: 'BEGIN', rowCount: null, rows: [], fields: [] }
  }

  /** Sends statements in one message. Returns the results of `text` only. */
  async #sendTogether(head: string[], text: string): Promise<unknown> {
    const results = [await this.send([...head, text].join('; '))].flat() as QueryResult[]
    const own = results.slice(head.length)
    return own.length === 1 ? own[0] : own
  }

  /**
   * Begins a transaction without waiting for the answer. Holds the message back until the next statement, or until the end of this turn of
   * the event loop.
   */
  #begin(statements: string[]): void {
    this.#isBeginning = true
    this.#hold()
    setImmediate(() => this.#release())
    Promise.resolve(this.send(statements.join('; '))).then(
      () => {
        this.#isBeginning = false
      },
      // Without the transaction, the next statements would run with the wrong settings and commit one by one, so the connection must end.
      () => this.#stream.destroy(),
    )
  }

  /** Runs a statement with values. Sends three messages without waiting in between: a message with values can have one statement only. */
  async #runInTransaction(text: string, values: unknown[]): Promise<unknown> {
    this.#begin([`begin ${READ_COMMITTED}`, ...this.#settings])
    const result = this.send(text, values)
    // If the statement fails, this commit rolls back.
    const end = this.send('commit')
    this.#release()
    const [answer, ended] = await Promise.allSettled([result, end])
    if (answer.status === 'rejected') throw answer.reason
    if (ended.status === 'rejected') throw ended.reason
    return answer.value
  }

  /** Sends a query unchanged. Disconnects from the servers if the query fails because its server became read-only. */
  protected send(...args: unknown[]): unknown {
    const result = Reflect.apply(super.query, this, args) as unknown
    const { servers } = this
    if (servers?.need === 'read-write') {
      Promise.resolve(result).catch((error: { code?: string }) => {
        if (error.code === READ_ONLY_STATE) servers.drop()
      })
    }
    return result
  }

  /** Sends a query together with all others that the code sends before it waits for an answer. */
  #sendHeld(...args: unknown[]): unknown {
    this.#hold()
    const result = this.send(...args)
    // Runs after the current code and before the event loop continues.
    process.nextTick(() => this.#release())
    return result
  }

  #hold(): void {
    if (!this.#isHeld) this.#stream.cork()
    this.#isHeld = true
  }

  #release(): void {
    if (this.#isHeld) this.#stream.uncork()
    this.#isHeld = false
  }

  get #stream(): Socket {
    return socketOf(this)
  }

  #isInTransaction(): boolean {
    const { getTransactionStatus } = Client.prototype as unknown as { getTransactionStatus(): string | null }
    return this.#isBeginning || ['T', 'E'].includes(getTransactionStatus.call(this) ?? '')
  }
}
