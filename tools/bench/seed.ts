import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { memoryKibOf } from './proc.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { type BenchApi, startShop } from './shop.ts'

const CLI = join(import.meta.dirname, '../../apps/admin-cli/src/main.ts')
const MAX_PRODUCTS = 20_000_000
const LINES_PER_WRITE = 1_000
const MEMORY_INTERVAL_MS = 200

interface Run {
  what: string
  products: number
  seconds: number
  perSecond: number
  /** The most memory that the CLI held. Linux only. */
  peakMegabytes: number | undefined
}

/**
 * `npm run bench -- seed [--products 300000]`: measures the speed and memory of `jumun products seed --file` with a file with
 * keys, the same file again, and a file without keys.
 */
export async function benchSeed(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { products: { type: 'string', default: '300000' } } })
  const products = wholeNumber('--products', values.products, MAX_PRODUCTS)
  const directory = await mkdtemp(join(tmpdir(), 'jumun-bench-seed-'))
  try {
    await using shop = await startShop()
    const api = await shop.startApi()
    const [keyed, unkeyed] = [join(directory, 'keyed.csv'), join(directory, 'unkeyed.csv')]
    await writeProducts(keyed, products, true)
    await writeProducts(unkeyed, products, false)
    const { size } = await stat(keyed)
    log(`${products.toLocaleString('en')} products, ${(size / 1e6).toFixed(1)} MB`)
    const runs = [
      await seed(api, { what: 'a file with keys', file: keyed, created: products, products }),
      await seed(api, { what: 'the same file again', file: keyed, created: 0, products }),
      await seed(api, { what: 'a file without keys', file: unkeyed, created: products, products }),
      await seed(api, { what: 'without keys, `--no-keys`', file: unkeyed, created: products, products }, '--no-keys'),
    ]
    await writeResults('seed', { runs })
    process.stdout.write(`${table(runs)}\n`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function writeProducts(path: string, products: number, keys: boolean): Promise<void> {
  function* lines() {
    yield keys ? 'key,name,price,stock\n' : 'name,price,stock\n'
    for (let first = 1; first <= products; first += LINES_PER_WRITE) {
      const count = Math.min(LINES_PER_WRITE, products - first + 1)
      yield Array.from({ length: count }, (_, index) => line(first + index, keys)).join('')
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
}

function line(number: number, keys: boolean): string {
  const name = `제주 유기농 한라봉 차 ${number} (Jeju Hallabong tea)`
  return `${keys ? `SKU-${number},` : ''}${name},${1_000 + (number % 9_000)},${number % 500}\n`
}

async function seed(
  { url, authSecret }: BenchApi,
  { what, file, created, products }: { what: string; file: string; created: number; products: number },
  ...options: string[]
): Promise<Run> {
  const start = performance.now()
  const child = spawn(process.execPath, [CLI, 'products', 'seed', '--file', file, '--json', ...options], {
    env: { JUMUN_URL: url, AUTH_SECRET: authSecret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let peakKib: number | undefined
  const watch = setInterval(async () => {
    peakKib = (await memoryKibOf(child.pid as number, 'VmHWM')) ?? peakKib
  }, MEMORY_INTERVAL_MS)
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  clearInterval(watch)
  const seconds = (performance.now() - start) / 1_000
  const answer = JSON.parse(output) as { created: number; existing: number }
  if (answer.created !== created || answer.created + answer.existing !== products)
    throw new Error(`${what}: expected ${created} of ${products} products to be created, got ${output}`)
  log(`${what}: ${seconds.toFixed(1)} s`)
  return { what, products, seconds, perSecond: products / seconds, peakMegabytes: peakKib && peakKib / 1_000 }
}

function table(runs: Run[]): string {
  const rows = runs.map(({ what, products, seconds, perSecond, peakMegabytes }) => [
    what,
    products.toLocaleString('en'),
    seconds.toFixed(1),
    Math.round(perSecond).toLocaleString('en'),
    peakMegabytes?.toFixed(0) ?? '?',
  ])
  return markdownTable(['seeding', 'products', 'seconds', 'products/s', 'peak memory of the CLI, MB'], rows)
}
