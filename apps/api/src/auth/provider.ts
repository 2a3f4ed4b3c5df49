import { memberId, role } from '@jumun/contract'
import { DomainError, type SignedIn } from '@jumun/domain'
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  None,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'
import { unavailable } from '../errors/to-domain-error.ts'

/** How long the identity provider may take to answer. */
const TIMEOUT_SECONDS = 3
/** How soon discovery is tried again after it failed. */
const BACKOFF_MS = 1_000

export interface ProviderSettings {
  issuer: string
  clientId: string
  /** Undefined: a public client. */
  clientSecret: string | undefined
}

/** The values with which a sign-in that was begun must be finished. */
export interface BegunSignIn {
  state: string
  nonce: string
  verifier: string
}

/** The same claims as in bearer tokens. */
const claims = z.object({ sub: memberId, role: role.default('member') })

/** An identity provider at which members sign in: the code flow of OpenID Connect, with PKCE. */
export class Provider {
  readonly #settings: ProviderSettings
  #configuration: Promise<Configuration> | undefined
  #retryAt = 0

  constructor(settings: ProviderSettings) {
    this.#settings = settings
  }

  /** Begins a sign-in. `url` is where to send the browser. Throws `UNAVAILABLE` while the provider cannot be reached. */
  async begin(redirectUri: string): Promise<BegunSignIn & { url: string }> {
    const configuration = await this.#discover()
    const begun = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    })
    return { ...begun, url: url.href }
  }

  /**
   * Finishes a sign-in, at the address to which the provider has sent the browser. Throws `UNAUTHENTICATED` for an answer that is
   * not valid or was used, `FORBIDDEN` if the provider or the shop refuses the member, and `UNAVAILABLE`.
   */
  async finish(address: URL, { state, nonce, verifier }: BegunSignIn): Promise<SignedIn> {
    const configuration = await this.#discover()
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await authorizationCodeGrant(configuration, address, checks).catch(refuse)
    const identity = claims.safeParse(tokens.claims())
    if (!identity.success) throw new DomainError('FORBIDDEN', 'This member id or role is not one of the shop.', {})
    return { memberId: identity.data.sub, role: identity.data.role }
  }

  #discover(): Promise<Configuration> {
    if (this.#configuration) return this.#configuration
    if (performance.now() < this.#retryAt)
      return Promise.reject(unreachable('The last try was less than a second ago.'))
    const { issuer, clientId, clientSecret } = this.#settings
    const execute = [enableNonRepudiationChecks]
    // The operator chose an address without TLS, such as one of the same machine.
    if (issuer.startsWith('http:')) execute.push(allowInsecureRequests)
    const options = { timeout: TIMEOUT_SECONDS, execute }
    this.#configuration = discovery(new URL(issuer), clientId, undefined, authentication(clientSecret), options).catch(
      (error: unknown) => {
        this.#configuration = undefined
        this.#retryAt = performance.now() + BACKOFF_MS
        throw unreachable(reasonOf(error))
      },
    )
    return this.#configuration
  }
}

/** Sends the secret in the way that the provider supports; by default in the header (OpenID Connect Discovery, 3). */
function authentication(clientSecret: string | undefined): ClientAuth {
  if (clientSecret === undefined) return None()
  return (server, ...others) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authenticate = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost
    authenticate(clientSecret)(server, ...others)
  }
}

/** The errors of authorization servers after which it makes sense to try again (RFC 6749, 4.1.2.1). */
const TEMPORARY = ['temporarily_unavailable', 'server_error']
/** The codes of `ClientError` that mean that the provider could not be reached, or did not answer in its protocol. */
const UNREACHABLE = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

function refuse(error: unknown): never {
  if (error instanceof AuthorizationResponseError && !TEMPORARY.includes(error.error)) {
    throw new DomainError('FORBIDDEN', 'The identity provider has not signed you in.', {})
  }
  const isUsed = error instanceof ResponseBodyError && error.error === 'invalid_grant'
  const isWrong = error instanceof ClientError && !UNREACHABLE.includes(error.code ?? '')
  if (isUsed || isWrong) throw invalidSignIn()
  throw unreachable(reasonOf(error))
}

/** The error of a sign-in that this browser did not begin, that was begun too long ago, or that has ended. */
export function invalidSignIn(): DomainError<'UNAUTHENTICATED'> {
  return new DomainError('UNAUTHENTICATED', 'This sign-in is not valid, or no longer. Begin again.', {})
}

function unreachable(reason: string): DomainError<'UNAVAILABLE'> {
  return unavailable('The identity provider cannot be used now. Sign in again shortly.', reason)
}

/** The reason for the log. The error itself is not logged, because it holds requests and answers with codes and tokens. */
function reasonOf(error: unknown): string {
  const { name, message } = error as Error
  return error instanceof ResponseBodyError ? `The identity provider answered ${error.error}` : `${name}: ${message}`
}
