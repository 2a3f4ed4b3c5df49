import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { startProgram } from '@jumun/test-kit/program'

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

/** Runs the command-line client to its end. */
export function runCli(args: string[], env: Record<string, string>): Promise<Ended> {
  return startCli(args, env).ended
}
