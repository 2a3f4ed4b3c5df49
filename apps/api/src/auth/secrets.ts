import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Settings, SettingsError, secretRules } from '../settings.ts'

/** The service's signing keys. */
export interface Secrets {
  /** HS256 key for access tokens; the keys of sessions are derived from it. */
  authSecret: string
  /** Standard Webhooks secret (`whsec_…`), shared with the data platform. */
  dataPlatformSecret: string
}

/** The file of each secret under the data directory. */
const FILES = { AUTH_SECRET: 'auth-secret', DATA_PLATFORM_SECRET: 'data-platform-secret' } as const

/**
 * Reads the secrets from the settings, or else from files under the data directory, generating those that are missing.
 * Throws `SettingsError` if a file cannot be read or does not hold a secret that its setting would accept.
 */
export async function readSecrets(
  settings: Pick<Settings, 'DATA_DIR' | 'AUTH_SECRET' | 'AUTH_JWKS_URL' | 'AUTH_CLIENT_ID' | 'DATA_PLATFORM_SECRET'>,
): Promise<Secrets> {
  const { DATA_DIR: dataDir, AUTH_SECRET, AUTH_JWKS_URL, AUTH_CLIENT_ID, DATA_PLATFORM_SECRET } = settings
  const newAuthSecret = randomBytes(32).toString('base64url')
  const newWebhookSecret = `whsec_${randomBytes(32).toString('base64')}`
  // An identity provider's tokens are not verified with our key, so it need not be kept, except for the sessions of browsers.
  const authSecret = AUTH_SECRET ?? (AUTH_CLIENT_ID === undefined && AUTH_JWKS_URL ? newAuthSecret : undefined)
  return {
    authSecret: authSecret ?? (await readOrCreate(dataDir, 'AUTH_SECRET', newAuthSecret)),
    dataPlatformSecret: DATA_PLATFORM_SECRET ?? (await readOrCreate(dataDir, 'DATA_PLATFORM_SECRET', newWebhookSecret)),
  }
}

/**
 * Writes a draft and links it into place: the secret appears complete or not at all, and the first of several processes
 * wins.
 */
async function readOrCreate(dataDir: string, setting: keyof typeof FILES, fresh: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, FILES[setting])
  const existing = await readIfExists(path, setting)
  if (existing !== undefined) return existing
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${fresh}\n`, { mode: 0o600, flush: true })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return (await readIfExists(path, setting)) ?? fresh
}

async function readIfExists(path: string, setting: keyof typeof FILES): Promise<string | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new SettingsError(`${setting}: ${path} cannot be read: ${message}`)
  }
  const text = bytes.toString('utf8').trim()
  // An environment variable cannot hold NUL or bytes that are not UTF-8, but a damaged file can.
  if (/[\p{Cc}\uFFFD]/u.test(text)) throw new SettingsError(`${setting}: ${path} must be one line of text`)
  const [issue] = secretRules[setting].safeParse(text).error?.issues ?? []
  if (issue) throw new SettingsError(`${setting}: ${path} ${issue.message}`)
  return text
}
