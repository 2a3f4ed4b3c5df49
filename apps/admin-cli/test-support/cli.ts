import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { NODE_COMPILE_CACHE, startProgram } from '@jumun/test-kit/program'

/** The command-line client. */
export const MAIN = join(import.meta.dirname, '../src/main.ts')

/** What a run of the command-line client wrote, and its exit code. */
export interface Ended {
  stdout: string
  stderr: string
  exitCode: number | null
}

/** Starts the command-line client with these environment variables. */
export function startCli(args: string[], env: Record<string, string>): { child: ChildProcess; ended: Promise<Ended> } {
  const program = startProgram(MAIN, { args, env })
  const ended = program.end.then(({ code }) => ({ stdout: program.stdout, stderr: program.stderr, exitCode: code }))
  return { child: program.process, ended }
}

/** Threads that run no command at the moment. */
const idle: Worker[] = []

/**
 * Runs the command-line client to its end, in a thread of this process that keeps its modules for the next run: loading them
 * takes ten times as long as most commands.
 */
export async function runCli(args: string[], env: Record<string, string>): Promise<Ended> {
  const thread = idle.pop() ?? new Worker(join(import.meta.dirname, 'cli-worker.ts'), { env: { NODE_COMPILE_CACHE } })
  thread.ref()
  thread.postMessage({ args, env })
  const [ended] = (await once(thread, 'message')) as [Ended]
  thread.unref()
  idle.push(thread)
  return ended
}
