import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The program. */
export const MAIN = join(import.meta.dirname, '../src/main.ts')

/** How a run of the program ended. */
export interface Ended {
  stdout: string
  stderr: string
  exitCode: number | null
}

/** Starts the program, with these environment variables and no others. */
export function startCli(args: string[], env: Record<string, string>): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = async () => {
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { stdout, stderr, exitCode }
  }
  return { child, ended: ended() }
}

/** Runs the program to its end. */
export function runCli(args: string[], env: Record<string, string>): Promise<Ended> {
  return startCli(args, env).ended
}
