import { join } from 'node:path'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { type Program, startProgram } from '@jumun/test-kit/program'

export const MAIN = join(import.meta.dirname, '../src/main.ts')

/** Runs `main.ts` with these settings, by default on a free port. */
export function startPlatform(settings: Record<string, string>, cleanUp: CleanUp): Program {
  return startProgram(MAIN, { env: { MOCK_DATA_PLATFORM_PORT: '0', ...settings }, ipc: true, cleanUp })
}

/** The address of a platform that starts. */
export async function addressOf(program: Program): Promise<string> {
  const { url } = await program.message<{ url: string }>()
  return url
}

/** What a platform wrote to stderr by its end, and its exit code. */
export async function endOf(program: Program): Promise<{ said: string; code: number | null }> {
  const { code } = await program.end
  return { said: program.stderr, code }
}
