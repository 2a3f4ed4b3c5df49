import { type Command, Option } from 'commander'

/** What to do about bad rows in a file: leave them out, or do nothing at all. */
export type OnError = 'skip' | 'stop'

/** The options of a command that changes many things at once. */
export interface BulkOptions {
  yes?: boolean
  dryRun?: boolean
}

/** The options of a command that reads a file of rows. */
export interface FileOptions {
  file?: string
  onError: OnError
}

/** Adds `--yes` to a command that asks first. */
export function withYesOption(command: Command): Command {
  return command.option('--yes', 'do not ask first; without a terminal it never asks')
}

/** Adds `--yes` and `--dry-run` to a command. */
export function withBulkOptions(command: Command): Command {
  return withYesOption(command).option('--dry-run', 'check and say what would be done, and do nothing')
}

/**
 * Adds `--file` and `--on-error` to a command.
 *
 * @param what the rows are, such as `products`
 */
export function withFileOptions(command: Command, what: string): Command {
  return command
    .option('--file <path>', `a file of ${what}: .csv, .jsonl (an object a line) or .json (an array)`)
    .addOption(
      new Option('--on-error <how>', 'bad rows: do nothing at all, or do the others and exit with 1')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
}
