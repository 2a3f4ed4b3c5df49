import { join } from 'node:path'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { type Program, startProgram } from '@jumun/test-kit/program'

export const MAIN = join(import.meta.dirname, '../src/main.ts')

/** Starts the platform as a process with these settings, by default on a free port. */
export function startPlatform(settings: Record<string, string>, cleanUp: CleanUp): Program {
  return startProgram(MAIN, { env: { MOCK_DATA_PLATFORM_PORT: '0', ...settings }, ipc: true, cleanUp })
}

/** Waits until a platform has started and returns its address. */
export async function addressOf(program: Program): Promise<string> {
  const { url } = await program.message<{ url: string }>()
  return url
}

/** Waits until a platform has ended and returns its stderr and its exit code. */
export async function endOf(program: Program): Promise<{ stderr: string; code: number | null }> {
  const { code } = await program.end
  return { stderr: program.stderr, code }
}
