import { createInterface } from 'node:readline/promises'
import { CommandFailure, EXIT_INTERRUPTED, EXIT_REFUSED } from '../failure.ts'
import { escapeControls } from './output.ts'

/** A question, or what reads the facts for it; it is called only if the user is asked. */
type Question = string | (() => Promise<string>)

/**
 * Asks before a change that is large or cannot be undone, at a terminal and without `--yes`; a script is never asked. Throws
 * `CommandFailure` for any answer but yes.
 */
export async function confirm(ask: Question, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return
  const question = typeof ask === 'string' ? ask : await ask()
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const interrupted = new AbortController()
  prompt.on('SIGINT', () => interrupted.abort())
  prompt.on('close', () => interrupted.abort())
  try {
    const answer = await prompt.question(`${escapeControls(question)} [y/N] `, { signal: interrupted.signal })
    if (/^y(es)?$/i.test(answer.trim())) return
  } catch {
    throw new CommandFailure('\nStopped: nothing was done.', EXIT_INTERRUPTED)
  } finally {
    prompt.close()
  }
  throw new CommandFailure('Nothing was done.', EXIT_REFUSED)
}
