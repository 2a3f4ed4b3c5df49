import { isJumunError, type NewProduct } from '@jumun/client'
import { type Command, Option } from 'commander'
import { stopOnInterrupt } from '../../bulk/stop-on-interrupt.ts'
import { connect, expectServer, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, describe, EXIT_INTERRUPTED, EXIT_REFUSED, explain } from '../../failure.ts'
import { openRowFile } from '../../input-files/open-row-file.ts'
import type { GoodRow } from '../../input-files/row.ts'
import {
  type BulkOptions,
  type FileOptions,
  pathOf,
  withBulkOptions,
  withFileOptions,
} from '../../options/bulk-options.ts'
import { wholeNumber } from '../../options/value-parsers.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printResult } from '../../terminal/output.ts'
import { startProgress } from '../../terminal/progress.ts'
import { demoProducts } from './demo-products.ts'
import { type KeyOptions, PRODUCT_COLUMNS, productRow } from './product-row.ts'
import { type Seeded, seedProducts } from './seed-products.ts'

const DEFAULT_COUNT = 100
const MAX_COUNT = 10_000_000

/** A batch is large, and is not tried again when its answer is lost. */
const TIMEOUT_MS = 60_000

const help = `
Examples:
  jumun products seed --count 100000
  jumun products seed --file products.csv --dry-run
  jumun products seed --file products.jsonl --on-error skip --yes

A CSV file has the heading name,price,stock or name,price,stock,key; in JSON a product is
{ "name", "price", "stock", "key"? }. A file may be larger than memory.

The key is the shop's own id of the product, such as a SKU. What has a key that is there already is left as it is, so
seeding again adds only what is missing. A row without a key gets one made of its name, price and stock: equal rows
are one product.`

type SeedOptions = GlobalOptions & BulkOptions & FileOptions & KeyOptions & { count: number }

interface Source {
  total: number
  skipped: number
  rows: Iterable<GoodRow<NewProduct>> | AsyncIterable<GoodRow<NewProduct>>
}

/** `jumun products seed` */
export function addSeedCommand(products: Command): void {
  const seed = products.command('seed').description('create many products: demo products, or those in a file')
  seed.addOption(
    new Option('--count <number>', 'how many demo products')
      .argParser(wholeNumber({ min: 1, max: MAX_COUNT }))
      .default(DEFAULT_COUNT)
      .conflicts('file'),
  )
  withFileOptions(seed, 'products')
    .option('--key-prefix <text>', 'what to put before every key, such as the name of a supplier', '')
    .option('--no-keys', 'use no keys: seeding again creates everything again')
  withBulkOptions(seed)
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => seedCommand(command.optsWithGlobals<SeedOptions>()))
}

async function seedCommand(options: SeedOptions): Promise<void> {
  const jumun = await connect(options, { timeoutMs: TIMEOUT_MS })
  if (!options.dryRun) await expectServer(options)
  const { total, skipped, rows } = await openSource(options)
  if (options.dryRun) {
    const sentence = `${total} products would be created where they are not there yet. ${skipped} rows are bad.\n`
    printResult({ dryRun: true, products: total, skipped }, options, () => sentence)
    if (skipped > 0) throw skippedRows(skipped)
    return
  }
  await confirm(`Create ${total} products?`, options)
  const progress = startProgress(total, 'products')
  using interrupt = stopOnInterrupt(progress)
  const result = await seedProducts({ jumun, rows, interrupt, onDone: progress.add })
  progress.stop()
  report(result, { total, skipped }, options)
}

async function openSource(options: SeedOptions): Promise<Source> {
  const { file, count, onError } = options
  if (file === undefined) return { total: count, skipped: 0, rows: demoProducts(count, options) }
  const check = (row: unknown) => productRow(row, options)
  return openRowFile({ path: pathOf(file), columns: PRODUCT_COLUMNS, check, onError, what: 'products' })
}

function report(result: Seeded, { total, skipped }: { total: number; skipped: number }, options: SeedOptions): void {
  const { created, existing, uncertain, failure } = result
  const isWhole = created + existing === total
  if (isWhole || options.json) {
    const there = existing === 0 ? '' : ` ${existing} were there already.`
    printResult({ created, existing, skipped, uncertain }, options, () => `Created ${created} products.${there}\n`)
  }
  if (isWhole && skipped === 0) return
  if (isWhole) throw skippedRows(skipped)
  const there = existing === 0 ? '' : ` ${existing} were there already.`
  const lost = uncertain === 0 ? '' : ` ${uncertain} more may have been: their answer was lost.`
  const again = options.keys ? ' Run it again to go on: nothing is created twice.' : ''
  const soFar = `${created} of ${total} products were created.${there}${lost}${again}`
  if (!failure || isJumunError(failure.error, 'ABORTED'))
    throw new CommandFailure(`Stopped: ${soFar}`, EXIT_INTERRUPTED)
  throw new CommandFailure(`${reasonOf(failure)} ${soFar}`, explain(failure.error).exitCode)
}

function skippedRows(skipped: number): CommandFailure {
  return new CommandFailure(`${skipped} bad rows were left out.`, EXIT_REFUSED)
}

/** The API names a bad row by where it is in its batch; its owner knows it by where it is in the file. */
function reasonOf({ error, batch = [] }: NonNullable<Seeded['failure']>): string {
  if (isJumunError(error, 'BAD_REQUEST')) {
    const [issue] = error.details.issues
    const [, index, field] = issue?.path ?? []
    const place = batch[Number(index)]?.place
    if (issue && place) return `${place}: ${field}: ${issue.message}.`
  }
  if (isJumunError(error)) return describe(error)
  return error instanceof Error ? error.message : String(error)
}
