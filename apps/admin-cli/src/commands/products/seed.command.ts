import { isJumunError, type JumunClient, type NewProduct } from '@jumun/client'
import { CREATE_MAX_ITEMS } from '@jumun/contract/limits'
import { type Command, Option } from 'commander'
import { reportWork } from '../../bulk/report-work.ts'
import { type BulkEnd, type BulkWork, runBulk } from '../../bulk/run-bulk.ts'
import { connect, ensureServerAnswers, type GlobalOptions } from '../../connect.ts'
import { openRowFile, type RowFile } from '../../input-files/open-row-file.ts'
import type { GoodRow } from '../../input-files/row.ts'
import { type BulkOptions, type FileOptions, withBulkOptions, withFileOptions } from '../../options/bulk-options.ts'
import { wholeNumber } from '../../options/value-parsers.ts'
import { confirm } from '../../terminal/confirm.ts'
import { demoProducts } from './demo-products.ts'
import { type KeyOptions, PRODUCT_COLUMNS, productRow } from './product-row.ts'

const DEFAULT_COUNT = 100
const MAX_COUNT = 10_000_000

/** The time limit of one batch with all of its retries: a batch is large. */
const TIMEOUT_MS = 60_000

const CALLS_IN_FLIGHT = 4

const help = `
Examples:
  jumun products seed --count 100000
  jumun products seed --file products.csv --dry-run
  jumun products seed --file products.jsonl --on-error skip --yes

A CSV file has the heading name,price,stock or name,price,stock,key; in JSON a product is
{ "name", "price", "stock", "key"? }. A file may be larger than memory.

The key is the shop's own id of the product, such as a SKU. A product whose key exists already is left unchanged, so
seeding again adds only what is missing. A row without a key gets one made of its name, price and stock: equal rows
are one product.`

type SeedOptions = GlobalOptions & BulkOptions & FileOptions & KeyOptions & { count: number }

type Source = Omit<RowFile<NewProduct>, 'rows'> & { rows: BulkWork<GoodRow<NewProduct>>['rows'] }

/** Adds `jumun products seed`. */
export function addSeedCommand(products: Command): void {
  const seed = products.command('seed').description('create many products: demo products, or those in a file')
  seed.addOption(
    new Option('--count <number>', 'how many demo products')
      .argParser(wholeNumber({ min: 1, max: MAX_COUNT }))
      .default(DEFAULT_COUNT)
      .conflicts('file'),
  )
  withFileOptions(seed, 'products')
    .option('--key-prefix <text>', 'text to put before every key, such as the name of a supplier', '')
    .option('--no-keys', 'create products without keys: seeding again creates them all again')
  withBulkOptions(seed)
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => seedCommand(command.optsWithGlobals<SeedOptions>()))
}

async function seedCommand(options: SeedOptions): Promise<void> {
  const jumun = await connect(options, { timeoutMs: TIMEOUT_MS, waitForServer: true })
  if (!options.dryRun) await ensureServerAnswers(options)
  const source = await openSource(options)
  const { total, skipped } = source
  if (options.dryRun) {
    const result = { dryRun: true, products: total, skipped }
    const text = `${total} products would be created, except those that exist already. ${skipped} rows are bad.\n`
    return reportWork({ result, toText: () => text, isComplete: true, leftOut: leftOut(skipped) }, options)
  }
  await confirm(`Create ${total} products?`, options)
  report(await seedProducts(jumun, source), source, options)
}

async function openSource(options: SeedOptions): Promise<Source> {
  const { file, count, onError } = options
  if (file === undefined) return { total: count, skipped: 0, rows: demoProducts(count, options) }
  const check = (row: unknown) => productRow(row, options)
  return openRowFile({ file, columns: PRODUCT_COLUMNS, check, onError, what: 'products' })
}

/** Creates products until all exist, a call fails, or Ctrl-C is pressed. */
async function seedProducts(jumun: JumunClient, { rows, total }: Source) {
  const result = { created: 0, existing: 0 }
  const work = { rows, total, what: 'products', maxItems: CREATE_MAX_ITEMS, inFlight: CALLS_IN_FLIGHT }
  const end = await runBulk(work, async (batch, call) => {
    const items = batch.map(({ item }) => item)
    const { existing = 0 } = await call(items.length, (options) => jumun.product.create.mutate({ items }, options))
    result.existing += existing
    result.created += items.length - existing
  })
  return { ...result, ...end }
}

type Seeded = Awaited<ReturnType<typeof seedProducts>>

function report(result: Seeded, { total, skipped }: Source, options: SeedOptions): void {
  const { created, existing, uncertain, failure } = result
  const existed = existing === 0 ? '' : ` ${existing} existed already.`
  reportWork(
    {
      result: { created, existing, skipped, uncertain },
      toText: () => `Created ${created} products.${existed}\n`,
      isComplete: created + existing === total,
      leftOut: leftOut(skipped),
      error: failure?.error,
      reason: failure && rowIssue(failure),
      soFar: `${created} of ${total} products were created.${existed}`,
      uncertain,
      next: options.keys ? 'Run it again to continue: nothing is created twice.' : '',
    },
    options,
  )
}

function leftOut(skipped: number): string | undefined {
  return skipped === 0 ? undefined : `${skipped} bad rows were left out.`
}

/** Translates the API's complaint about an item of a batch into one about a row of the file. */
function rowIssue({ error, batch = [] }: NonNullable<BulkEnd<GoodRow<NewProduct>>['failure']>): string | undefined {
  if (!isJumunError(error, 'BAD_REQUEST')) return undefined
  const [issue] = error.details.issues
  const [, index, field] = issue?.path ?? []
  const place = batch[Number(index)]?.place
  return issue && place && `${place}: ${field}: ${issue.message}.`
}
