import { type Command, Option } from 'commander'
import { clock } from '../terminal/format-duration.ts'
import { say } from '../terminal/output.ts'
import { showWaiting } from '../terminal/status-line.ts'
import { wholeNumber } from './value-parsers.ts'

const PAGE_LIMIT = 100
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000_000

/** How much of a list is wanted. */
export interface ListOptions {
  limit: number
  all?: boolean
}

/** Gives a command the options of a list. */
export function withListOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <number>', 'how many at most')
        .argParser(wholeNumber({ min: 1, max: MAX_LIMIT }))
        .default(DEFAULT_LIMIT),
    )
    .addOption(new Option('--all', 'all of them').conflicts('limit'))
}

/** Reads as much of a list as is wanted, and says so when there is more. */
export async function readPages<Item>(
  { limit, all = false }: ListOptions,
  list: (options: { pageSize: number }) => AsyncIterable<Item>,
): Promise<Item[]> {
  const wanted = all ? Infinity : limit
  const items: Item[] = []
  using waiting = showWaiting((seconds) => `${items.length} read, ${clock(seconds)}`)
  // One more than is wanted shows whether there is more.
  for await (const item of list({ pageSize: Math.min(PAGE_LIMIT, wanted + 1) })) {
    if (items.length === wanted) {
      waiting.clear()
      say(`The first ${items.length}; there are more: --limit <number> or --all.`)
      break
    }
    items.push(item)
  }
  return items
}
