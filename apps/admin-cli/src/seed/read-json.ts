import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { CommandFailure, EXIT_USAGE } from '../failure.ts'
import { checkProduct } from './check-product.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import type { FileRow } from './source.ts'

/** It is read as a whole. */
const MAX_BYTES = 64 * 1024 * 1024

/** Reads a JSON array in UTF-8. Throws `CommandFailure` for a file that cannot be read, is no array, or is over 64 MiB. */
export async function* readJson(path: string): AsyncGenerator<FileRow> {
  let items: unknown
  try {
    items = await parse(path)
    if (!Array.isArray(items)) throw new Error('it must be an array of { name, price, stock }')
  } catch (error) {
    throw new CommandFailure(`${path}: ${(error as Error).message}`, EXIT_USAGE)
  }
  for (const [index, row] of items.entries()) yield { product: checkProduct(row), place: `item ${index + 1}` }
}

async function parse(path: string): Promise<unknown> {
  const { size } = await stat(path)
  if (size > MAX_BYTES) throw new Error('it is larger than 64 MiB; use CSV for that much')
  return JSON.parse(await text(decodeUtf8(createReadStream(path))))
}
