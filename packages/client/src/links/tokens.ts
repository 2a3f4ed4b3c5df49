import { TransportError } from './transport-error.ts'

/**
 * A token (a JWT), or a function that returns one and is called before each request. When the server refuses a token, the function is
 * called once with the refused token, and each call that was refused is sent once more with the new token.
 * @example const token: Token = ({ refused }) => (refused === undefined ? session.token : session.renew())
 */
export type Token = string | ((request: TokenRequest) => string | Promise<string>)

/**
 * The argument of a token function.
 * @example const isExpired = ({ refused }: TokenRequest) => refused !== undefined
 */
export interface TokenRequest {
  /** The token that the server has refused, when a new one is needed; undefined otherwise. */
  refused: string | undefined
}

interface Renewal {
  refused: string
  fresh: Promise<string>
}

/** The tokens of one client. */
export class Tokens {
  readonly #token: Token | undefined
  /** The last renewal. All calls that were refused with the same token share one renewal. */
  #renewed: Renewal | undefined

  constructor(token: Token | undefined) {
    this.#token = token
  }

  /** Returns the token for a request; undefined if the client has none. Rejects with `UNAUTHENTICATED` if the token function fails. */
  async current(): Promise<string | undefined> {
    if (this.#token === undefined) return undefined
    const token = await this.#request({ refused: undefined })
    return token === this.#renewed?.refused ? this.#renewed.fresh : token
  }

  /**
   * Renews a token that the server refused. Rejects with `UNAUTHENTICATED` if the token function fails.
   *
   * @returns whether there is a different token now
   */
  async renew(refused: string): Promise<boolean> {
    if (typeof this.#token !== 'function') return false
    if (this.#renewed?.refused !== refused) this.#renewed = { refused, fresh: this.#request({ refused }) }
    const renewal = this.#renewed
    const fresh = await renewal.fresh.catch((error) => {
      this.#discard(renewal)
      throw error
    })
    if (fresh !== refused) return true
    this.#discard(renewal)
    return false
  }

  #discard(renewal: Renewal): void {
    if (this.#renewed === renewal) this.#renewed = undefined
  }

  async #request(request: TokenRequest): Promise<string> {
    const token = typeof this.#token === 'function' ? await this.#call(this.#token, request) : this.#token
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token
    throw new TransportError('UNAUTHENTICATED', 'The token is empty or contains invalid characters.')
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
