import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The keys that this service shares with nobody but its operator and the data platform. */
export interface Secrets {
  authSecret: string
  dataPlatformSecret: string
}

/** Takes the secrets from the settings, or from files under the data directory, which are made when they are missing. */
export async function readSecrets(settings: {
  DATA_DIR: string
  AUTH_SECRET?: string | undefined
  DATA_PLATFORM_SECRET?: string | undefined
}): Promise<Secrets> {
  const { DATA_DIR: dataDir, AUTH_SECRET, DATA_PLATFORM_SECRET } = settings
  return {
    authSecret: AUTH_SECRET ?? (await keep(dataDir, 'auth-secret', randomBytes(32).toString('base64url'))),
    dataPlatformSecret:
      DATA_PLATFORM_SECRET ??
      (await keep(dataDir, 'data-platform-secret', `whsec_${randomBytes(32).toString('base64')}`)),
  }
}

/** Linking a finished file makes the secret appear whole, and once, whoever is killed or comes second. */
async function keep(dataDir: string, name: string, fresh: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, name)
  const existing = await readIfThere(path)
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

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
