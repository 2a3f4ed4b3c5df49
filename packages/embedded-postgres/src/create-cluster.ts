import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.ts'
import { runUnprivileged, type Server, type ServerAccount } from './run-unprivileged.ts'

const INITDB_TIMEOUT_MS = 60_000
const UNFINISHED_PREFIX = 'postgres.unfinished-'

/**
 * Locales for character classes, the first available one is used: a search in Korean needs more than ASCII. The collation is
 * always C, which no update of the operating system changes.
 */
const CTYPE_LOCALES = ['C.UTF-8', 'en_US.UTF-8', 'C']

const PASSWORD_BYTES = 24
const PASSWORD_FORMAT = /^[0-9a-f]{48}$/

/** The superuser of the embedded server. */
export const SUPERUSER = 'jumun'

/**
 * Creates the cluster if it does not exist: in a staging directory, from which it is moved when it is complete, so that a
 * killed process leaves no partial cluster.
 *
 * @param durable whether the cluster must survive a crash of the machine
 * @returns the superuser's password
 * @throws EmbeddedPostgresError when initdb fails, or when the password of an existing cluster cannot be read
 */
export async function createCluster({ directory, binaries, account }: Server, durable: boolean): Promise<string> {
  await removeUnfinished(directory)
  if (await isCluster(directory.cluster)) return readPassword(directory)

  // The server's account may traverse the staging directory, and owns only the cluster and a copy of the password.
  const staging = await mkdtemp(join(directory.root, UNFINISHED_PREFIX))
  const cluster = join(staging, 'cluster')
  const passwordCopy = join(staging, 'password')
  const password = randomBytes(PASSWORD_BYTES).toString('hex')
  await mkdir(cluster, { mode: 0o700 })
  await writeFile(passwordCopy, password, { mode: 0o600 })
  if (account.owner) {
    const { uid, gid } = account.owner
    await chown(cluster, uid, gid)
    await chown(passwordCopy, uid, gid)
    await chmod(staging, 0o711)
  }
  const options = ['-U', SUPERUSER, '-E', 'UTF8', '--auth=scram-sha-256', '--no-instructions']
  if (!durable) options.push('--no-sync')
  const command = [binaries.initdb, '-D', cluster, `--pwfile=${passwordCopy}`, ...options]
  const { code, output } = await runInitdb(account, command)
  if (code !== 0) {
    await removeUnfinished(directory)
    const cause = output.match(/(?:FATAL|error): .*/)?.[0] ?? `exit code ${code}`
    throw new EmbeddedPostgresError(`initdb could not make a database in ${directory.root}: ${cause}`, output)
  }
  // Password first: a password without a cluster is replaced at the next start, a cluster without a password is unusable.
  await storePassword(directory, password)
  await rename(cluster, directory.cluster)
  await syncDirectory(directory.root)
  await removeUnfinished(directory)
  return password
}

async function runInitdb(account: ServerAccount, command: string[]) {
  let result = { code: -1, output: '' }
  for (const ctype of CTYPE_LOCALES) {
    const localized = [...command, '--locale=C', `--lc-ctype=${ctype}`]
    result = await runUnprivileged({ account, command: localized, timeoutMs: INITDB_TIMEOUT_MS })
    if (result.code === 0 || !result.output.includes('invalid locale name')) break
  }
  return result
}

async function isCluster(path: string): Promise<boolean> {
  const version = await stat(join(path, 'PG_VERSION')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(
      `Cannot read the database in ${path} (${error.code}): run as the account that owns it`,
    )
  })
  if (version) return true
  const entries = await readdir(path).catch(() => [])
  if (entries.length > 0)
    throw new EmbeddedPostgresError(`${path} holds files, but no PostgreSQL database: move it away, or set DATA_DIR`)
  return false
}

async function readPassword({ passwordFile, cluster }: DataDirectory): Promise<string> {
  let password: string
  try {
    password = (await readFile(passwordFile, 'utf8')).trim()
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot read ${passwordFile}, which has the password of the database in ${cluster}: ${messageOf(error)}`,
    )
  }
  if (!PASSWORD_FORMAT.test(password))
    throw new EmbeddedPostgresError(
      `${passwordFile} does not hold the password of the database in ${cluster} (48 hexadecimal digits): restore it`,
    )
  return password
}

async function storePassword({ passwordFile }: DataDirectory, password: string): Promise<void> {
  const unfinished = `${passwordFile}.unfinished`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, `${password}\n`, { mode: 0o600, flag: 'wx', flush: true })
  await rename(unfinished, passwordFile)
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open directories, and does not need it.
  if (process.platform === 'win32') return
  await using directory = await open(path)
  await directory.sync()
}

async function removeUnfinished({ root }: DataDirectory): Promise<void> {
  const names = (await readdir(root)).filter((name) => name.startsWith(UNFINISHED_PREFIX))
  // Failures are ignored: leftovers do no harm, and the initdb of a killed process may still be writing.
  await Promise.all(names.map((name) => rm(join(root, name), { recursive: true, force: true }).catch(() => {})))
}
