import { TransportError } from './transport-error.ts'

/**
 * A token (a JWT), or a function that is asked for one before each request. When the server refuses it, the function is asked once
 * more and told which; the calls that it was refused for are then made again, once.
 * @example const token: Token = ({ refused }) => (refused === undefined ? session.token : session.renew())
 */
export type Token = string | ((request: TokenRequest) => string | Promise<string>)

/**
 * What a token function is asked with.
 * @example const isExpired = ({ refused }: TokenRequest) => refused !== undefined
 */
export interface TokenRequest {
  /** The token that the server has just refused; mostly undefined. */
  refused: string | undefined
}

interface Renewal {
  refused: string
  fresh: Promise<string>
}

/** The tokens of one client. */
export class Tokens {
  readonly #token: Token | undefined
  /** The last token that was refused, and what came in its place: all calls that were refused with it share one renewal. */
  #renewed: Renewal | undefined

  constructor(token: Token | undefined) {
    this.#token = token
  }

  /** The token for a request; undefined if there is none. Fails with `UNAUTHENTICATED` where it cannot be had. */
  async current(): Promise<string | undefined> {
    if (this.#token === undefined) return undefined
    const token = await this.#ask({ refused: undefined })
    return token === this.#renewed?.refused ? this.#renewed.fresh : token
  }

  /**
   * Renews a token that the server refused. Fails with `UNAUTHENTICATED` where no other one can be had.
   *
   * @returns whether there is another one now
   */
  async renew(refused: string): Promise<boolean> {
    if (typeof this.#token !== 'function') return false
    if (this.#renewed?.refused !== refused) this.#renewed = { refused, fresh: this.#ask({ refused }) }
    const renewal = this.#renewed
    const fresh = await renewal.fresh.catch((error) => {
      this.#forget(renewal)
      throw error
    })
    if (fresh !== refused) return true
    this.#forget(renewal)
    return false
  }

  #forget(renewal: Renewal): void {
    if (this.#renewed === renewal) this.#renewed = undefined
  }

  async #ask(request: TokenRequest): Promise<string> {
    const token = typeof this.#token === 'function' ? await this.#call(this.#token, request) : this.#token
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token
    throw new TransportError('UNAUTHENTICATED', 'The token is empty, or has characters that no token has.')
  }

  async #call(token: Exclude<Token, string>, request: TokenRequest): Promise<string> {
    try {
      return await token(request)
    } catch (cause) {
      throw new TransportError(
        'UNAUTHENTICATED',
        `There is no token: ${cause instanceof Error ? cause.message : cause}`,
        {
          cause,
        },
      )
    }
  }
}
