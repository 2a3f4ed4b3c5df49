import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The service's signing keys. */
export interface Secrets {
  /** HS256 key for access tokens. */
  authSecret: string
  /** Standard Webhooks secret (`whsec_…`), shared with the data platform. */
  dataPlatformSecret: string
}

/** Reads the secrets from the settings, or else from files under the data directory, generating those that are missing. */
export async function readSecrets(settings: {
  DATA_DIR: string
  AUTH_SECRET?: string | undefined
  DATA_PLATFORM_SECRET?: string | undefined
}): Promise<Secrets> {
  const { DATA_DIR: dataDir, AUTH_SECRET, DATA_PLATFORM_SECRET } = settings
  return {
    authSecret: AUTH_SECRET ?? (await readOrCreate(dataDir, 'auth-secret', randomBytes(32).toString('base64url'))),
    dataPlatformSecret:
      DATA_PLATFORM_SECRET ??
      (await readOrCreate(dataDir, 'data-platform-secret', `whsec_${randomBytes(32).toString('base64')}`)),
  }
}

/**
 * Writes a draft and links it into place: the secret appears complete or not at all, and the first of several processes
 * wins.
 */
async function readOrCreate(dataDir: string, name: string, fresh: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, name)
  const existing = await readIfExists(path)
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
  return (await readFile(path, 'utf8')).trim()
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
