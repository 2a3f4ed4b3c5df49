import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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

/** Runs the command-line client to its end, in a thread of this process, which takes a third of the time that a process needs. */
export async function runCli(args: string[], env: Record<string, string>): Promise<Ended> {
  const streams = { stdin: true, stdout: true, stderr: true }
  const thread = new Worker(MAIN, { argv: args, env: { NODE_COMPILE_CACHE, ...env }, execArgv: [], ...streams })
  thread.stdin?.end()
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(thread.stdout),
    text(thread.stderr),
    once(thread, 'exit'),
  ])
  return { stdout, stderr, exitCode }
}
