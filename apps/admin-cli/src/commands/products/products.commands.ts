import type { AdminProduct, JumunClient, Product } from '@jumun/client'
import { NAME_MAX_LENGTH, REASON_MAX_LENGTH } from '@jumun/contract/limits'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, EXIT_USAGE } from '../../failure.ts'
import { canonicalText } from '../../input-files/check-fields.ts'
import { withYesOption } from '../../options/bulk-options.ts'
import { callAction } from '../../options/call-action.ts'
import { type ListOptions, readPages, withListOptions } from '../../options/list-options.ts'
import { wholeNumber } from '../../options/value-parsers.ts'
import { confirm } from '../../terminal/confirm.ts'
import { interruptible } from '../../terminal/interrupt.ts'
import { printResult } from '../../terminal/output.ts'
import { renderTable } from '../../terminal/table.ts'
import { addSeedCommand } from './seed.command.ts'

const PRODUCT_COLUMNS = { ID: 'id', KEY: 'key', NAME: 'name', PRICE: 'price', STOCK: 'stock' } as const

interface Changes {
  name?: string
  price?: number
  stockDelta?: number
}

/** What goes with a change, and is none by itself. */
interface UpdateOptions extends Changes {
  key?: string
  reason?: string
  expectedPrice?: number
  expectedStock?: number
}

/** Adds `jumun products …`. */
export function addProductCommands(program: Command): void {
  const products = program.command('products').description('list, create, change and remove products')
  addSeedCommand(products)
  addListCommand(products)
  addShowCommand(products)
  addCreateCommand(products)
  addUpdateCommand(products)
  addRemoveCommand(products)
}

function addListCommand(products: Command): void {
  withListOptions(products.command('list').description('list the products for sale with their current stock'))
    .option('--search <text>', 'part of the name')
    .option('--removed', "those that were taken off sale; needs an admin's token")
    .option('--max-stock <quantity>', "those with this stock or less; needs an admin's token", wholeNumber({ min: 0 }))
    .addHelpText(
      'after',
      '\nExamples:\n  jumun products list --search tea\n  jumun products list --max-stock 10 --all --json',
    )
    .action(
      callAction(listTable, (jumun, { limit, all, ...filters }: ListOptions & ListFilters) =>
        readPages<Product | AdminProduct>({ limit, ...(all && { all }) }, (options) => list(jumun, filters, options)),
      ),
    )
}

interface ListFilters {
  search?: string
  removed?: boolean
  maxStock?: number
}

function list(jumun: JumunClient, { search, removed, maxStock }: ListFilters, options: { pageSize: number }) {
  if (removed === undefined && maxStock === undefined) return jumun.products({ search }, options)
  return jumun.searchProducts({ search, maxStock, removed: removed ? 'only' : 'exclude' }, options)
}

function listTable(products: (Product | AdminProduct)[]): string {
  const removed = products.filter((product) => 'removedAt' in product && product.removedAt !== null)
  if (removed.length === 0) return productTable(products)
  return renderTable(removed as AdminProduct[], { ...PRODUCT_COLUMNS, REMOVED: 'removedAt' })
}

function addShowCommand(products: Command): void {
  products
    .command('show')
    .description('show a product for sale with its current stock')
    .argument('<productId>', 'the id, as listed', wholeNumber())
    .addHelpText('after', '\nExample:\n  jumun products show 7')
    .action(
      callAction(
        (product: Product) => productTable([product]),
        (jumun, _options, productId: number) => jumun.product.byId.query({ productId }),
      ),
    )
}

function addCreateCommand(products: Command): void {
  products
    .command('create')
    .description('create a product')
    .requiredOption('--name <name>', `up to ${NAME_MAX_LENGTH} characters`)
    .requiredOption('--price <amount>', 'whole KRW', wholeNumber())
    .requiredOption('--stock <quantity>', 'how many are in stock', wholeNumber())
    .addHelpText('after', "\nExample:\n  jumun products create --name '한라봉 차' --price 12900 --stock 100")
    .action(async ({ name, price, stock }: { name: string; price: number; stock: number }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options)
      const { ids } = await interruptible((call) =>
        jumun.product.create.mutate({ items: [{ name, price, stock }] }, call),
      )
      for (const id of ids)
        printResult({ id, name: canonicalText(name), price, stock, key: null }, options, (product) =>
          productTable([product]),
        )
    })
}

function addUpdateCommand(products: Command): void {
  products
    .command('update')
    .description('change a product; it affects future orders only')
    .argument('<productId>', 'the id, as listed', wholeNumber())
    .option('--name <name>', `up to ${NAME_MAX_LENGTH} characters`)
    .option('--price <amount>', 'whole KRW', wholeNumber())
    .option('--stock-delta <quantity>', 'amount to add to the stock; a negative one is subtracted', wholeNumber())
    .option('--reason <text>', `why the stock changes, up to ${REASON_MAX_LENGTH} characters`)
    .option('--key <key>', 'idempotency key: calls with the same key change it once')
    .option('--expected-price <amount>', 'change nothing if the price is another one', wholeNumber())
    .option('--expected-stock <quantity>', 'change nothing if the stock is another one', wholeNumber())
    .addHelpText(
      'after',
      '\nExample:\n  jumun products update 7 --price 9900 --stock-delta -3 --reason broken --expected-stock 40',
    )
    .action(async (productId: number, { key, ...changes }: UpdateOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { name, price, stockDelta } = changes
      if (name === undefined && price === undefined && stockDelta === undefined)
        throw new CommandFailure('Give at least one change: --name, --price or --stock-delta.', EXIT_USAGE)
      const jumun = await connect(options)
      const update = { productId, ...changes, idempotencyKey: key }
      const updated = await interruptible((call) => jumun.product.update.mutate(update, call))
      printResult(updated, options, (product) => productTable([product]))
    })
}

function addRemoveCommand(products: Command): void {
  withYesOption(products.command('remove'))
    .description('take a product off sale for good; past orders keep it')
    .argument('<productId>', 'the id, as listed', wholeNumber())
    .addHelpText('after', '\nExample:\n  jumun products remove 7')
    .action(
      callAction(
        ({ id }: { id: number }) => `Product ${id} is no longer for sale.\n`,
        async (jumun, options: { yes?: boolean }, productId: number) => {
          await confirm(async () => removeQuestion(await jumun.product.byId.query({ productId })), options)
          return interruptible((call) => jumun.product.remove.mutate({ productId }, call))
        },
      ),
    )
}

function removeQuestion({ id, name, stock }: Product): string {
  return `Take product ${id}, ${name}, with a stock of ${stock}, off sale for good?`
}

function productTable(products: Product[]): string {
  return renderTable(products, PRODUCT_COLUMNS)
}
