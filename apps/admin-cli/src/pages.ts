import { type Command, Option } from 'commander'
import { wholeNumber } from './arguments.ts'
import { say } from './output.ts'

const PAGE_LIMIT = 100
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000_000

interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

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

/** Reads as many pages as are wanted, and says so when there is more. */
export async function readPages<Item>(
  { limit, all = false }: ListOptions,
  readPage: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const wanted = all ? Infinity : limit
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await readPage({
      limit: Math.min(PAGE_LIMIT, wanted - items.length),
      ...(cursor === null ? {} : { cursor }),
    })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && items.length < wanted)
  if (cursor !== null) say(`The first ${items.length}; there are more: --limit <number> or --all.`)
  return items
}
