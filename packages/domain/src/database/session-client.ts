import { Client, type ClientConfig, type QueryResult } from 'pg'

/**
 * What the code relies on and a database or role may set otherwise: the text form of times and time zones, and strings in
 * which a backslash is no escape. Poolers accept these parameters at the start of a session and keep them for it.
 */
const SESSION_PARAMETERS = { DateStyle: 'ISO, MDY', TimeZone: 'UTC', standard_conforming_strings: 'on' }

/** Limits in milliseconds. Poolers refuse them at the start of a session. */
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] as const

const BEGINS = /^\s*(?:begin|start\s+transaction)\b[^;]*/i
/** Statements that end a transaction, or must run outside of one. */
const WITHOUT_LIMITS = /^\s*(?:commit|rollback|end|abort|vacuum|(?:create|drop|reindex)\s[\w\s]*\sconcurrently)\b/i
const READ_COMMITTED = 'isolation level read committed'

type Callback = (error: Error | null, result?: unknown) => void

/**
 * A client whose limits hold also behind a pooler that gives each transaction another session: they are set inside the
 * transaction, in the message that begins it. The same goes for the isolation level, which a database may have another
 * default of. A single statement runs in a transaction of its own for this.
 */
export class SessionClient extends Client {
  readonly #limits: string[]

  constructor(config: ClientConfig = {}) {
    super(config)
    this.#limits = LIMITS.filter((name) => typeof config[name] === 'number').map(
      (name) => `set local ${name} = ${config[name]}`,
    )
  }

  /** Overrides a method of `Client` that its types do not declare. */
  getStartupConf(): Record<string, string> {
    const { getStartupConf } = Client.prototype as unknown as { getStartupConf(): Record<string, string> }
    const parameters = Object.entries(getStartupConf.call(this)).filter(([name]) => !LIMITS.some((one) => one === name))
    return { ...Object.fromEntries(parameters), ...SESSION_PARAMETERS }
  }

  override query(text: unknown, ...args: unknown[]): never {
    if (typeof text !== 'string' || this.#isInTransaction() || WITHOUT_LIMITS.test(text))
      return this.send(text, ...args) as never
    const callback = args.findLast((arg) => typeof arg === 'function') as Callback | undefined
    const [values] = args
    const hasValues = Array.isArray(values) && values.length > 0
    const result = hasValues ? this.#runInTransaction(text, values) : this.#runWithLimits(text)
    if (!callback) return result as never
    result.then((rows) => callback(null, rows), callback)
    return undefined as never
  }

  /** Runs statements without values in one round trip: those before which the limits are set share its transaction. */
  async #runWithLimits(text: string): Promise<unknown> {
    const [begin] = BEGINS.exec(text) ?? []
    const limits = begin === undefined ? [`set transaction ${READ_COMMITTED}`, ...this.#limits] : this.#limits
    const head = begin === undefined ? [] : [/isolation/i.test(begin) ? begin : `${begin} ${READ_COMMITTED}`]
    const rest = begin === undefined ? text : text.slice(begin.length).replace(/^;/, '')
    const sent = [...head, ...limits, rest].filter((statement) => statement.trim() !== '').join('; ')
    const results = [await this.send(sent)].flat() as QueryResult[]
    results.splice(head.length, limits.length)
    return results.length === 1 ? results[0] : results
  }

  /** The protocol binds values to one statement of a message only. */
  async #runInTransaction(text: string, values: unknown[]): Promise<unknown> {
    await this.#runWithLimits('begin')
    try {
      const result = await this.send(text, values)
      await this.send('commit')
      return result
    } catch (error) {
      // Sent before the caller's next query. Not awaited, because the server may have stopped responding.
      Promise.resolve(this.send('rollback')).catch(() => {})
      throw error
    }
  }

  /** Sends a query as it is. */
  protected send(...args: unknown[]): unknown {
    return Reflect.apply(super.query, this, args)
  }

  #isInTransaction(): boolean {
    const { getTransactionStatus } = Client.prototype as unknown as { getTransactionStatus(): string | null }
    return ['T', 'E'].includes(getTransactionStatus.call(this) ?? '')
  }
}
