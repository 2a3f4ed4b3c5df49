import { resolve } from 'node:path'
import { isJumunError } from '@jumun/client'
import { type Command, Option } from 'commander'
import { wholeNumber } from '../arguments.ts'
import { connect, type GlobalOptions } from '../connect.ts'
import { CommandFailure, describe, EXIT_INTERRUPTED, explain } from '../failure.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { printResult, say } from '../output.ts'
import { startProgress } from '../progress.ts'
import { readSettings } from '../settings.ts'
import { type Created, createProducts } from './create-products.ts'
import { demoProducts } from './demo-products.ts'
import { openProductFile } from './product-file.ts'

const DEFAULT_COUNT = 100
const MAX_COUNT = 10_000_000

/** A batch is large, and is not tried again when its answer is lost. */
const TIMEOUT_MS = 60_000

const examples = `
Examples:
  jumun products seed --count 100000
  jumun products seed --file products.csv

A CSV file has the heading name,price,stock; a JSON file is an array of { "name", "price", "stock" }.`

/** `jumun products seed` */
export function addSeedCommand(products: Command): void {
  products
    .command('seed')
    .description('create many products: demo products, or those in a file')
    .addOption(
      new Option('--count <number>', 'how many demo products')
        .argParser(wholeNumber({ min: 1, max: MAX_COUNT }))
        .default(DEFAULT_COUNT),
    )
    .addOption(new Option('--file <path>', 'a CSV or JSON file').conflicts('count'))
    .addHelpText('after', examples)
    .action(async ({ count, file }: { count: number; file?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const jumun = await connect(options, { timeoutMs: TIMEOUT_MS })
      const { total, rows } = file
        ? await openProductFile(resolve(readSettings().directory, file))
        : demoProducts(count)
      const progress = startProgress(total, 'products')
      using interrupt = listenForInterrupt(() => {
        progress.stop()
        say('Stopping after what is under way. Ctrl-C again: at once.')
      })
      const result = await createProducts({ jumun, rows, interrupt, onCreated: progress.add })
      progress.stop()
      report(result, total, options)
    })
}

function report({ created, uncertain, failure }: Created, total: number, options: GlobalOptions): void {
  const isWhole = created === total
  if (isWhole || options.json) {
    const result = uncertain === 0 ? { created } : { created, uncertain }
    printResult(result, options, () => `Created ${created} products.\n`)
  }
  if (isWhole) return
  const lost = uncertain === 0 ? '' : ` ${uncertain} more may have been: their answer was lost.`
  const soFar = `${created} of ${total} products were created.${lost}`
  if (!failure || isJumunError(failure.error, 'ABORTED'))
    throw new CommandFailure(`Stopped: ${soFar}`, EXIT_INTERRUPTED)
  throw new CommandFailure(`${reasonOf(failure)} ${soFar}`, explain(failure.error).exitCode)
}

/** The API names a bad row by where it is in its batch; its owner knows it by where it is in the file. */
function reasonOf({ error, batch }: NonNullable<Created['failure']>): string {
  if (isJumunError(error, 'BAD_REQUEST')) {
    const [issue] = error.details.issues
    const [, index, field] = issue?.path ?? []
    const place = batch[Number(index)]?.place
    if (issue && place) return `${place}: ${field}: ${issue.message}.`
  }
  if (isJumunError(error)) return describe(error)
  return error instanceof Error ? error.message : String(error)
}
