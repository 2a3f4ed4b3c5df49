import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export const MAIN = join(import.meta.dirname, '../src/main.ts')

/** Runs `main.ts` with these settings and no others, on a free port. */
export function forkPlatform(settings: Record<string, string>): ChildProcess {
  return fork(MAIN, {
    env: { MOCK_DATA_PLATFORM_PORT: '0', ...settings },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

/** The address of a platform that starts. */
export async function addressOf(child: ChildProcess): Promise<string> {
  const [{ url }] = await once(child, 'message')
  return url
}

/** What a platform that ends says on stderr, and its exit code. */
export async function endOf(child: ChildProcess): Promise<{ said: string; code: number | null }> {
  const [[code], said] = await Promise.all([once(child, 'exit'), child.stderr ? text(child.stderr) : ''])
  return { said, code }
}
