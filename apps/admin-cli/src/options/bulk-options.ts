import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { OnError } from '../input-files/open-row-file.ts'
import { readSettings } from '../settings.ts'

/** What every command takes that changes much at once. */
export interface BulkOptions {
  yes?: boolean
  dryRun?: boolean
}

/** What every command takes that reads a file of rows. */
export interface FileOptions {
  file?: string
  onError: OnError
}

/** Gives a command the options of one that changes much at once. */
export function withBulkOptions(command: Command): Command {
  return command
    .option('--yes', 'do not ask first; without a terminal nobody is asked')
    .option('--dry-run', 'check and say what would be done, and do nothing')
}

/** Gives a command the options of one that reads a file of rows. */
export function withFileOptions(command: Command, of: string): Command {
  return command
    .option('--file <path>', `a file of ${of}: .csv, .jsonl (an object a line) or .json (an array)`)
    .addOption(
      new Option('--on-error <how>', 'bad rows: do nothing at all, or do the others and exit with 1')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
}

/** A path as the user means it, who may stand elsewhere than the program. */
export function pathOf(file: string): string {
  return resolve(readSettings().directory, file)
}
