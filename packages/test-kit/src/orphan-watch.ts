import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, 'remove-when-orphaned.ts')

/**
 * Stops the embedded PostgreSQL in a directory and removes the directory when this process ends without doing so itself,
 * by Ctrl-C or `kill -9`. A process of its own watches.
 *
 * @returns ends the watch
 */
export function removeWhenOrphaned(dataDir: string): () => void {
  const watcher = spawn(process.execPath, [PROGRAM, dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  if (watcher.stdin instanceof Socket) watcher.stdin.unref()
  return () => void watcher.kill('SIGKILL')
}
