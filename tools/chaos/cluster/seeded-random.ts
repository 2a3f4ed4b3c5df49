import { pathToFileURL } from 'node:url'
import { randomOf } from '../random.ts'

/**
 * Returns the options of Node.js that make `Math.random` of a process depend on the seed. It decides the backoff of the relay, and which
 * requests a fault of the data platform affects.
 *
 * @param stream names the process
 */
export function seededRandom(seed: number, stream: string): string[] {
  const url = pathToFileURL(import.meta.filename)
  url.search = String(new URLSearchParams({ seed: String(seed), stream }))
  return ['--import', url.href]
}

// Node.js loads this file, with the seed in its address, before the program of such a process.
const { searchParams } = new URL(import.meta.url)
const seed = searchParams.get('seed')
if (seed !== null) Math.random = randomOf(Number(seed), searchParams.get('stream') ?? '').fraction
