import { explain } from './failure.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command. Data goes to stdout, everything else to stderr.
 *
 * @param args the command line without the program's name
 * @returns the exit code: 0 done, 1 refused, 2 wrong usage, 3 server unreachable, 130 stopped by Ctrl-C
 */
export async function run(args: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    const { line, exitCode } = explain(error)
    if (line !== undefined) process.stderr.write(`${line}\n`)
    return exitCode
  }
}
