import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { onTestFinished } from 'vitest'

const USER_PROGRAM = fileURLToPath(new URL('embedded-postgres-user.ts', import.meta.url))

/** A data directory, not made yet, and what stops whatever server runs there and removes all of it. */
export async function makeDataDir(name = 'data'): Promise<{ dataDir: string; remove(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'jumun-embedded-'))
  // As root the server runs under another account, which has to pass through.
  await chmod(parent, 0o711)
  const dataDir = join(parent, name)
  const remove = async () => {
    if ((await postmasterOf(dataDir)).pid) await (await startEmbeddedPostgres({ dataDir, durable: false })).stop()
    await rm(parent, { recursive: true, force: true, maxRetries: 20 })
  }
  return { dataDir, remove }
}

/** A data directory for one test. */
export async function temporaryDataDir(name?: string): Promise<string> {
  const { dataDir, remove } = await makeDataDir(name)
  onTestFinished(remove)
  return dataDir
}

/** What `postmaster.pid` says; zeros where there is none. */
export async function postmasterOf(dataDir: string): Promise<{ pid: number; port: number }> {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return { pid: Number(lines[0] ?? 0), port: Number(lines[3] ?? 0) }
}

/** Another process that uses the server of a data directory, in a process group of its own. */
export interface OtherUser {
  process: ChildProcess
  /** Resolves once it has begun to start the server. */
  starting: Promise<unknown>
  /** Resolves to the server's url, rejects when the process ends before it has one. */
  url: Promise<string>
  /** Lets it stop, and resolves to its exit code. */
  stop(): Promise<number | null>
}

/** Starts another process on a data directory; it is killed after the test at the latest. */
export function startOtherUser(dataDir: string): OtherUser {
  const child = spawn(process.execPath, [USER_PROGRAM, dataDir], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface(child.stdout)
  const starting = once(lines, 'line')
  const url = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => line.startsWith('postgresql://') && resolve(line))
    exited.then(([code, signal]) => reject(new Error(`The other process ended early (${code ?? signal})`)))
  })
  // A test that kills the process early does not wait for its url.
  url.catch(() => {})
  return {
    process: child,
    starting,
    url,
    stop: async () => {
      child.stdin.end()
      const [code] = await exited
      return code
    },
  }
}
