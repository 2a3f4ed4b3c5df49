import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startProgram } from '@jumun/test-kit/program'
import { onTestFinished } from 'vitest'

const USER_PROGRAM = fileURLToPath(new URL('user-program.ts', import.meta.url))

/** Another process that uses the server of a data directory, in a process group of its own. */
export interface OtherUser {
  process: ChildProcess
  /** Resolves when it begins to start the server. */
  starting: Promise<void>
  /** Resolves to the server's url; rejects when the process ends before that. */
  url: Promise<string>
  /** Tells it to stop, and resolves to its exit code. */
  stop(): Promise<number | null>
}

/** Starts another process on a data directory, and kills it after the test. */
export function startOtherUser(dataDir: string): OtherUser {
  const program = startProgram(USER_PROGRAM, { args: [dataDir], stdin: true, detached: true, cleanUp: onTestFinished })
  const starting = program.waitFor(/starting\n/)
  const url = program.waitFor(/postgresql:.*\n/).then(() => /postgresql:.*/.exec(program.stdout)?.[0] ?? '')
  // A test that kills the process early does not wait for these.
  for (const promise of [starting, url]) promise.catch(() => {})
  return {
    process: program.process,
    starting,
    url,
    async stop() {
      program.process.stdin?.end()
      return (await program.end).code
    },
  }
}
