import { fileURLToPath } from 'node:url'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import * as kit from '@jumun/test-kit/platform-process'
import { startProgram } from '@jumun/test-kit/program'
import { SECRET } from './data-platform.ts'

const RELAY = fileURLToPath(new URL('relay-process.ts', import.meta.url))

/** Starts a data platform for one test. */
export async function startPlatformProcess(cleanUp: CleanUp): Promise<kit.PlatformProcess> {
  return kit.startPlatformProcess({ dataDir: await temporaryDataDir(cleanUp), secret: SECRET, cleanUp })
}

/** A relay in a process of its own. */
export interface RelayProcess {
  kill(): Promise<unknown>
  /** Suspends or resumes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

/** Starts a relay for one test. */
export async function startRelayProcess(
  cleanUp: CleanUp,
  { databaseUrl, platformUrl }: { databaseUrl: string; platformUrl: string },
): Promise<RelayProcess> {
  const program = startProgram(RELAY, { args: [databaseUrl, platformUrl, SECRET], ipc: true, cleanUp })
  await program.message()
  return { kill: () => program.kill(), signal: (signal) => void program.process.kill(signal) }
}
