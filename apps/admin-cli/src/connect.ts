import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createJumunClient, type JumunClient, type JumunClientOptions } from '@jumun/client'
import { SignJWT } from 'jose'
import { CommandFailure, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE } from './failure.ts'
import { readSettings } from './settings.ts'
import { write } from './terminal/output.ts'
import { CLEAR_LINE } from './terminal/status-line.ts'

const TIMEOUT_MS = 10_000
const OPERATOR = 'jumun-cli'
const TOKEN_SECONDS = 300

/** The options of every command. */
export interface GlobalOptions {
  url?: string
  token?: string
  json?: boolean
}

interface ConnectOptions {
  /** The time limit of one call with all of its retries. */
  timeoutMs?: number
  /** Whether calls wait for a server that refuses connections, as during its restart. Long work does. */
  waitForServer?: boolean
  /** Whether to print on a terminal that the server does not answer while the client retries. */
  reportRetries?: boolean
}

/**
 * Makes a client of the server that the options name, or else of the server of the local data directory. Throws
 * `CommandFailure` if there is no such server, or if the address is invalid.
 */
export async function connect(options: GlobalOptions, connectOptions: ConnectOptions = {}): Promise<JumunClient> {
  const { timeoutMs = TIMEOUT_MS, waitForServer = false, reportRetries = true } = connectOptions
  const { address, token } = await findServer(options)
  try {
    const reporting = reportRetries && process.stderr.isTTY ? { fetch: fetchReportingFailure(address) } : {}
    return createJumunClient({ url: address, token, timeoutMs, waitForServer, ...reporting })
  } catch (error) {
    throw error instanceof TypeError ? new CommandFailure(`${address} is not an http address.`, EXIT_USAGE) : error
  }
}

/** A `fetch` that prints its first failure, so that a user who waits for the retries knows why. */
function fetchReportingFailure(address: string): JumunClientOptions['fetch'] {
  let isReported = false
  return async (url, init) => {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (!isReported && !init?.signal?.aborted)
        write(process.stderr, CLEAR_LINE, `No answer from ${address}; trying again.\n`)
      isReported = true
      throw error
    }
  }
}

/** Makes one cheap call before long work, so that an unreachable server is reported in seconds. */
export async function ensureServerAnswers(options: GlobalOptions): Promise<void> {
  const jumun = await connect(options)
  await jumun.product.list.query({ limit: 1 })
}

/** Finds the address and the token in the options, or else in the local data directory. */
export async function findServer({ url, token }: GlobalOptions) {
  const { dataDir, authSecret } = readSettings()
  const localUrl = await readLocalFile(dataDir, 'api-url')
  const address = url || localUrl
  if (!address)
    throw new CommandFailure(
      `No API is running beside ${dataDir}. Start one with npm start, or give its address with --url or JUMUN_URL.`,
      EXIT_UNREACHABLE,
    )
  const isTrusted = address === localUrl || authSecret !== undefined || isLoopback(address)
  const secret = isTrusted ? await readAuthSecret() : undefined
  // Minted for each request, because the tokens are short-lived.
  const mint = (secret: string) =>
    mintToken({ secret, memberId: OPERATOR, role: 'admin', expiresInSeconds: TOKEN_SECONDS })
  return { address, token: token?.trim() || (secret && (() => mint(secret))) }
}

/** Reads the key that signs tokens: from `AUTH_SECRET`, or from the local data directory. */
export async function readAuthSecret(): Promise<string | undefined> {
  const { dataDir, authSecret } = readSettings()
  const secrets = authSecret ?? (await readLocalFile(dataDir, 'auth-secret'))
  // Of several, the first one signs.
  return secrets?.split(',', 1)[0]?.trim()
}

/** A token signed with the local key must not leave this machine, unless the user gave the key in `AUTH_SECRET`. */
function isLoopback(address: string): boolean {
  const { hostname = '' } = URL.parse(address) ?? {}
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

async function readLocalFile(dataDir: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, name), 'utf8')).trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CommandFailure(`${join(dataDir, name)} cannot be read: ${message}`, EXIT_REFUSED)
  }
}

/** The member, role and lifetime of a token. */
export interface TokenClaims {
  memberId: string
  role: 'admin' | 'member'
  expiresInSeconds: number
}

/** Signs a token in the form that the API verifies: HS256 with the claims `sub`, `role`, `iat` and `exp`. */
export function mintToken(options: TokenClaims & { secret: string }): Promise<string> {
  const { secret, memberId, role, expiresInSeconds } = options
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(new TextEncoder().encode(secret))
}
