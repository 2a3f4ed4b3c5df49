import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { runUnprivileged, type ServerAccount } from './run-unprivileged.ts'

const INITDB_TIMEOUT_MS = 60_000
const UNFINISHED_PREFIX = 'postgres.unfinished-'

/**
 * Which characters are letters, of which case: searching in Korean needs a locale that knows more than ASCII. The first one
 * that the machine has is taken. Sorting stays that of C, which no update of the machine changes.
 */
const LETTER_LOCALES = ['C.UTF-8', 'en_US.UTF-8', 'C']

/** The role that owns everything in the embedded server, and the name of its database. */
export const SUPERUSER = 'jumun'

/**
 * Makes the cluster where there is none. It is made in a directory beside its place and moved there when it is whole:
 * a process killed in between leaves nothing that could be taken for a cluster.
 *
 * @param durable whether the cluster must survive a crash of the machine
 * @returns the superuser's password
 * @throws EmbeddedPostgresError where initdb refuses, or where a cluster's password is lost
 */
export async function createCluster({
  directory,
  binaries,
  account,
  durable,
}: {
  directory: DataDirectory
  binaries: PostgresBinaries
  account: ServerAccount
  durable: boolean
}): Promise<string> {
  await removeUnfinished(directory)
  if (await isCluster(directory.cluster)) return readPassword(directory)

  // The server's account may pass through, and owns just the cluster and a copy of the password.
  const workshop = await mkdtemp(join(directory.root, UNFINISHED_PREFIX))
  const cluster = join(workshop, 'cluster')
  const passwordCopy = join(workshop, 'password')
  const password = randomBytes(24).toString('hex')
  await mkdir(cluster, { mode: 0o700 })
  await writeFile(passwordCopy, password, { mode: 0o600 })
  if (account.owner) {
    const { uid, gid } = account.owner
    await chown(cluster, uid, gid)
    await chown(passwordCopy, uid, gid)
    await chmod(workshop, 0o711)
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
  // In this order: a password without its cluster is replaced at the next start, a cluster without its password is lost.
  await storePassword(directory, password)
  await rename(cluster, directory.cluster)
  await syncDirectory(directory.root)
  await removeUnfinished(directory)
  return password
}

async function runInitdb(
  account: ServerAccount,
  command: string[],
  locales = LETTER_LOCALES,
): Promise<{ code: number; output: string }> {
  const [letters = 'C', ...others] = locales
  const localized = [...command, '--locale=C', `--lc-ctype=${letters}`]
  const result = await runUnprivileged({ account, command: localized, timeoutMs: INITDB_TIMEOUT_MS })
  const isUnknown = result.code !== 0 && result.output.includes('invalid locale name')
  return isUnknown && others.length > 0 ? runInitdb(account, command, others) : result
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
  try {
    return (await readFile(passwordFile, 'utf8')).trim()
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot read ${passwordFile}, which has the password of the database in ${cluster}: ` +
        `${error instanceof Error ? error.message : error}`,
    )
  }
}

async function storePassword({ passwordFile }: DataDirectory, password: string): Promise<void> {
  const unfinished = `${passwordFile}.unfinished`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, `${password}\n`, { mode: 0o600, flag: 'wx', flush: true })
  await rename(unfinished, passwordFile)
}

async function syncDirectory(path: string): Promise<void> {
  // Windows can neither open a directory nor needs to.
  if (process.platform === 'win32') return
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function removeUnfinished({ root }: DataDirectory): Promise<void> {
  const names = (await readdir(root)).filter((name) => name.startsWith(UNFINISHED_PREFIX))
  // Not worth failing for: they are in nobody's way, and the initdb of a killed process may still be writing.
  await Promise.all(names.map((name) => rm(join(root, name), { recursive: true, force: true }).catch(() => {})))
}
