import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createJumunClient, type JumunClient, type JumunClientOptions } from '@jumun/client'
import { CommandFailure, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE } from './failure.ts'
import { mintToken } from './mint-token.ts'
import { readSettings } from './settings.ts'
import { CLEAR_LINE } from './terminal/status-line.ts'

const TIMEOUT_MS = 10_000
const OPERATOR = 'jumun-cli'
const TOKEN_SECONDS = 300

/** What every command takes. */
export interface GlobalOptions {
  url?: string
  token?: string
  json?: boolean
}

/**
 * Makes the client of the server that the options name, or of the one beside the local data directory. Throws
 * `CommandFailure` when there is none, and for an address that is not one.
 *
 * @param timeoutMs how long a call may take with all of its retries
 * @param tell whether to say on a terminal that the server does not answer, and is asked again
 */
export async function connect(
  options: GlobalOptions,
  { timeoutMs = TIMEOUT_MS, tell = true } = {},
): Promise<JumunClient> {
  const { address, token } = await findServer(options)
  try {
    const telling = tell && process.stderr.isTTY ? { fetch: fetchTelling(address) } : {}
    return createJumunClient({ url: address, token, timeoutMs, ...telling })
  } catch (error) {
    throw error instanceof TypeError ? new CommandFailure(`${address} is not an http address.`, EXIT_USAGE) : error
  }
}

/** Says once that there is no answer: who waits while the client tries again should know what for. */
function fetchTelling(address: string): JumunClientOptions['fetch'] {
  let told = false
  return async (url, init) => {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (!told && !init?.signal?.aborted)
        process.stderr.write(`${CLEAR_LINE}No answer from ${address}; trying again.\n`)
      told = true
      throw error
    }
  }
}

/** Before long work: whoever waits for a server that is not there is told so in seconds, and not when the work would be over. */
export async function expectServer(options: GlobalOptions): Promise<void> {
  const jumun = await connect(options)
  await jumun.product.list.query({ limit: 1 })
}

/** Where the server is and how to speak to it, as the options say or the local data directory does. */
export async function findServer({ url, token }: GlobalOptions) {
  const { dataDir, authSecret } = readSettings()
  const localUrl = await readLocal(dataDir, 'api-url')
  const address = url || localUrl
  if (!address) throw noServer(dataDir)
  const ours = address === localUrl || authSecret !== undefined || isLoopback(address)
  const secret = ours ? await readAuthSecret() : undefined
  return { address, token: token?.trim() || (secret && operatorToken(secret)) }
}

/** The key that tokens are signed with: from `AUTH_SECRET`, or where the local API keeps it. */
export async function readAuthSecret(): Promise<string | undefined> {
  const { dataDir, authSecret } = readSettings()
  return authSecret ?? (await readLocal(dataDir, 'auth-secret'))
}

/** Short-lived, and made anew for each request. */
function operatorToken(secret: string): () => Promise<string> {
  return () => mintToken({ secret, memberId: OPERATOR, role: 'admin', expiresInSeconds: TOKEN_SECONDS })
}

/** A token signed with the local key is sent to this machine only, unless the key was given by hand. */
function isLoopback(address: string): boolean {
  const { hostname = '' } = URL.parse(address) ?? {}
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

async function readLocal(dataDir: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, name), 'utf8')).trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CommandFailure(`${join(dataDir, name)} cannot be read: ${message}`, EXIT_REFUSED)
  }
}

function noServer(dataDir: string): CommandFailure {
  return new CommandFailure(
    `No API is running beside ${dataDir}. Start one with npm start, or give its address with --url or JUMUN_URL.`,
    EXIT_UNREACHABLE,
  )
}
