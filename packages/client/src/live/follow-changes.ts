import { isJumunError, JumunError } from '../errors.ts'
import { cancellable, sleep } from '../links/cancellable.ts'
import type { Fetch } from '../links/fetch-json.ts'
import { FEED_MAX_BACKOFF_MS, retryDelayMs } from '../links/retry-policy.ts'
import type { Tokens } from '../links/tokens.ts'
import { toJumunError } from '../links/transport-error.ts'
import type { Change } from '../types.gen.ts'
import type { Changes, ChangesOptions, ChangesState } from './changes.ts'
import { BrokenStream, type FeedRequest, readPage, readStream } from './request.ts'

/** A stream that breaks within this time, without an `end` event of the server, counts as ended early. */
const EARLY_MS = 10_000
/** After this many early ends in a row, the client polls. */
const MAX_EARLY_STREAMS = 3
/** How long the client polls before it tries a stream again. */
const POLLING_MS = 300_000
/** How long the server may wait for a change before it answers a poll, in seconds. */
const POLL_WAIT_SECONDS = 25
/** The pause after a poll that the server answered at once without anything new. */
const EMPTY_POLL_MS = 1_000

type Followed = Changes extends AsyncGenerator<infer Item> ? Item : never

/** The parts of a client that a follower needs. */
export interface FollowContext {
  url: URL
  fetch: Fetch
  tokens: Tokens
  waitForServer: boolean
  random: () => number
}

/** Creates the iterator of `jumun.changes`. */
export function followChanges(context: FollowContext, options: ChangesOptions = {}): Changes {
  const follower = new Follower(context, options)
  const changes = follower.follow()
  const finish = changes.return.bind(changes)
  return Object.defineProperties(changes as Changes, {
    cursor: { get: () => follower.cursor },
    // A generator gets `return` only after its running `next` has ended, so the follower must be stopped here.
    return: {
      value: () => {
        follower.stop()
        return finish()
      },
    },
  })
}

/** One loop over the changes. */
class Follower {
  readonly #context: FollowContext
  readonly #options: ChangesOptions
  readonly #stop = new AbortController()
  cursor: string | undefined
  #token: string | undefined
  /** The state that was reported last. */
  #state: ChangesState | undefined
  /** Whether the API has ever answered. */
  #isProven = false
  /** Failed attempts since the last useful connection. */
  #failures = 0
  #earlyStreams = 0
  #pollUntil = 0
  /** The least delay before the next stream, as the server asked. */
  #retryMs = 0
  /** Whether the token was renewed since the API last accepted one. */
  #isRenewed = false

  constructor(context: FollowContext, options: ChangesOptions) {
    this.#context = context
    this.#options = options
    this.cursor = options.after
  }

  stop(): void {
    this.#stop.abort()
  }

  async *follow(): AsyncGenerator<Followed, void, undefined> {
    const { signal } = this.#options
    const stop = () => this.stop()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    try {
      while (!this.#stop.signal.aborted) {
        try {
          yield* performance.now() < this.#pollUntil ? this.#poll() : this.#stream()
        } catch (error) {
          await this.#recover(error)
        }
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw toJumunError(error, undefined)
    } finally {
      signal?.removeEventListener('abort', stop)
      stop()
    }
  }

  /** Reads one stream to its end. */
  async *#stream(): AsyncGenerator<Followed, void, undefined> {
    const startedAt = performance.now()
    let isHeard = false
    const isEarly = () => !isHeard || performance.now() - startedAt < EARLY_MS
    try {
      for await (const { type, data, id } of readStream(await this.#request('/api/events', {}))) {
        if (this.#stop.signal.aborted) return
        if (type === 'retry') this.#retryMs = Number(data)
        if (type === 'end') return await this.#ended(parseData<{ reason: string }>(data).reason, isEarly())
        if (id === undefined) continue
        isHeard = true
        this.#connected('stream')
        this.cursor = id
        if (type === 'change') yield { cursor: id, ...parseData<Change>(data) }
        if (type === 'reset') yield { cursor: id, type }
      }
    } catch (error) {
      if (error instanceof BrokenStream) this.#countEarlyStreams(isEarly())
      throw error
    } finally {
      if (!isEarly()) this.#failures = 0
    }
  }

  /** Handles an `end` event: the server ended the stream on purpose. */
  async #ended(reason: string, isEarly: boolean): Promise<void> {
    this.#earlyStreams = 0
    if (reason === 'TOKEN_EXPIRED' && (await this.#renewToken()) && !isEarly) return
    throw new JumunError({ code: 'UNREACHABLE', message: `The server ended the stream (${reason}).`, details: {} })
  }

  #countEarlyStreams(isEarly: boolean): void {
    this.#earlyStreams = isEarly ? this.#earlyStreams + 1 : 0
    if (this.#earlyStreams < MAX_EARLY_STREAMS) return
    this.#pollUntil = performance.now() + POLLING_MS
    // After this period of polling, a single early end is enough to poll again.
    this.#earlyStreams = MAX_EARLY_STREAMS - 1
  }

  /** Polls pages until it is time to try a stream again. */
  async *#poll(): AsyncGenerator<Followed, void, undefined> {
    while (performance.now() < this.#pollUntil) {
      const startedAt = performance.now()
      // Without a cursor, the first poll does not wait, because it must get one.
      const wait = this.cursor === undefined ? 0 : POLL_WAIT_SECONDS
      const { items, nextCursor, reset } = await readPage(await this.#request('/api/changes', { wait: `${wait}` }))
      this.#failures = 0
      this.#connected('poll')
      const isNew = reset || nextCursor !== this.cursor
      if (reset) yield { type: 'reset', cursor: nextCursor }
      for (const item of items) {
        this.cursor = item.cursor
        yield item
        if (this.#stop.signal.aborted) return
      }
      this.cursor = nextCursor
      if (!isNew && performance.now() - startedAt < EMPTY_POLL_MS) await sleep(EMPTY_POLL_MS, this.#stop.signal)
    }
  }

  async #request(path: string, query: Record<string, string>): Promise<FeedRequest> {
    const { url: base, fetch, tokens } = this.#context
    const { topics } = this.#options
    const stop = this.#stop.signal
    this.#token = await cancellable<string | undefined>(stop, ({ resolve, reject }) => {
      tokens.current().then(resolve, reject)
      return () => {}
    })
    const url = new URL(base.href.replace(/\/+$/, '') + path)
    if (this.cursor !== undefined) url.searchParams.set('after', this.cursor)
    if (topics) url.searchParams.set('topics', topics.join())
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return { fetch, url, token: this.#token, stop }
  }

  /** Waits until the next attempt is due. Throws the error if no further attempt would help. */
  async #recover(cause: unknown): Promise<void> {
    const error = toJumunError(cause, undefined)
    const { signal } = this.#stop
    if (signal.aborted || !isJumunError(error)) throw error
    const isNoConnection = error.code === 'UNREACHABLE' && !(cause instanceof BrokenStream)
    Object.assign(error, { isOutcomeUnknown: false })
    // An error without a status comes from the token function, so renewing the token would not help.
    if (error.code === 'UNAUTHENTICATED' && error.status && !this.#isRenewed && (await this.#renewToken())) {
      this.#isRenewed = true
      return
    }
    const backoffMs = this.#delayMs(error)
    if (backoffMs === undefined || (isNoConnection && !this.#isProven && !this.#context.waitForServer)) throw error
    const delayMs = Math.max(backoffMs, this.#retryMs)
    this.#retryMs = 0
    this.#report({ state: 'waiting', error, delayMs })
    await sleep(delayMs, signal)
  }

  #delayMs(error: JumunError): number | undefined {
    // The API has answered before, so a foreign answer comes from a proxy in front of it, such as during a restart of the API.
    const isLost = this.#isProven && isJumunError(error, 'UNREACHABLE', 'INTERNAL')
    const reason = isLost ? new JumunError({ code: 'UNREACHABLE', message: '', details: error.details }) : error
    return retryDelayMs(reason, true, ++this.#failures, this.#context.random, FEED_MAX_BACKOFF_MS)
  }

  async #renewToken(): Promise<boolean> {
    return this.#token !== undefined && (await this.#context.tokens.renew(this.#token))
  }

  #connected(by: 'stream' | 'poll'): void {
    this.#isProven = true
    this.#isRenewed = false
    if (this.#state?.state !== 'connected' || this.#state.by !== by) this.#report({ state: 'connected', by })
  }

  #report(state: ChangesState): void {
    this.#state = state
    this.#options.onState?.(state)
  }
}

function parseData<Data>(data: string): Data {
  try {
    return JSON.parse(data)
  } catch (cause) {
    throw new BrokenStream('A stream has an event that is not JSON.', cause)
  }
}
