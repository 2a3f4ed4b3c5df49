import { copyFile, readFile, rm, stat, truncate } from 'node:fs/promises'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

const LOG_LIMIT_BYTES = 10 * 1024 * 1024
const TAIL_LINES = 20

/**
 * Copies the log to `<log>.1` and truncates it when it exceeds 10 MiB, which bounds both files. It is not renamed, because the
 * server keeps it open.
 */
export async function rotateLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found || found.size <= LOG_LIMIT_BYTES) return
  const old = `${path}.1`
  await rm(old, { force: true })
  await copyFile(path, old)
  await truncate(path)
}

/** Reads the log from an offset in bytes. */
export async function readLog(path: string, fromBytes: number): Promise<string> {
  return (await readFile(path)).subarray(fromBytes).toString()
}

/** An error whose message holds the server's own reason, with the last lines of its log attached. */
export function errorWithLog(message: string, path: string, log: string): EmbeddedPostgresError {
  const lines = log.trim().split('\n')
  const reason = lines.map((line) => line.match(/(?:FATAL|PANIC): +(.*)/)?.[1]).find(Boolean)
  return new EmbeddedPostgresError(
    `${message}${reason ? `: ${reason}` : ''} (see ${path})`,
    lines.slice(-TAIL_LINES).join('\n'),
  )
}
