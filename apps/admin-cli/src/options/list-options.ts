import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { type Command, Option } from 'commander'
import { formatDuration } from '../terminal/format-duration.ts'
import { printMessage } from '../terminal/output.ts'
import { showStatusLine } from '../terminal/status-line.ts'
import { wholeNumber } from './value-parsers.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000_000

/** The options of a command that lists something. */
export interface ListOptions {
  limit: number
  all?: boolean
}

/** Adds `--limit` and `--all` to a command. */
export function withListOptions(command: Command): Command {
  return command
    .option('--limit <number>', 'how many at most', wholeNumber({ min: 1, max: MAX_LIMIT }), DEFAULT_LIMIT)
    .addOption(new Option('--all', 'all of them').conflicts('limit'))
}

/** Reads items up to the limit, page by page, and prints a message if the list has more. */
export async function readPages<Item>(
  { limit, all = false }: ListOptions,
  list: (options: { pageSize: number }) => AsyncIterable<Item>,
): Promise<Item[]> {
  const wanted = all ? Infinity : limit
  const items: Item[] = []
  using status = showStatusLine((seconds) => `${items.length} read, ${formatDuration(seconds)}`)
  // One item beyond the limit shows that the list has more.
  for await (const item of list({ pageSize: Math.min(PAGE_MAX_LIMIT, wanted + 1) })) {
    if (items.length === wanted) {
      status.clear()
      printMessage(`The first ${items.length}; there are more: --limit <number> or --all.`)
      break
    }
    items.push(item)
  }
  return items
}
