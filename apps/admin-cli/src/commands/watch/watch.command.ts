import type { ChangesState } from '@jumun/client'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from '../../connect.ts'
import { listenForInterrupt } from '../../terminal/interrupt.ts'
import { escapeControls, printJson, printMessage, write } from '../../terminal/output.ts'
import { changeLine } from './change-line.ts'

const help = `
Topics: products, product:<id>, member:<id>, orders, delivery. Without --topic all that the token may follow.

Examples:
  jumun watch
  jumun watch --topic product:1 --topic member:mina
  jumun watch --topic orders --json >> orders.jsonl

It shows what happens from now on, or what has happened after a cursor, for seven days. It connects again whenever the connection is lost.
Ctrl-C ends it and says the cursor to go on from. With --json each change is a line of JSON, with its cursor; { "type": "reset" } says that the
database was restored, so that what was read before may be out of date.`

interface WatchOptions extends GlobalOptions {
  topic?: string[]
  after?: string
}

/** Adds `jumun watch`. */
export function addWatchCommand(program: Command): void {
  const topic = new Option('--topic <topic>', 'what to follow; may be repeated')
  program
    .command('watch')
    .description('show every change of the shop as it happens')
    .addOption(topic.argParser((value: string, others: string[] = []) => [...others, value]))
    .option('--after <cursor>', 'go on after this cursor')
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => watch(command.optsWithGlobals<WatchOptions>()))
}

async function watch({ topic: topics, after, ...options }: WatchOptions): Promise<void> {
  const jumun = await connect(options, { reportRetries: false })
  using interrupt = listenForInterrupt()
  const changes = jumun.changes({ after, topics, signal: interrupt.stop, onState: printState })
  try {
    for await (const change of changes) {
      if (change.type === 'reset') printMessage('The database was restored: what was shown before may be out of date.')
      if (options.json) printJson(change)
      else if (change.type !== 'reset') write(process.stdout, `${escapeControls(changeLine(change))}\n`)
    }
  } catch (error) {
    if (changes.cursor !== after) printNext(changes.cursor)
    throw error
  }
  printNext(changes.cursor)
}

function printState(state: ChangesState): void {
  if (state.state === 'connected')
    printMessage(state.by === 'stream' ? 'Connected.' : 'Connected by polling, because streams do not get through.')
  else printMessage(`${state.error.message} Connecting again in ${(state.delayMs / 1_000).toFixed(1)} s.`)
}

function printNext(cursor: string | undefined): void {
  if (cursor !== undefined) printMessage(`To go on from here: --after ${cursor}`)
}
