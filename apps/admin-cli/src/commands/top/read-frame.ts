import type { JumunClient, PopularProduct } from '@jumun/client'
import { CommandFailure, EXIT_UNREACHABLE } from '../../failure.ts'
import type { AuditWatch, Invariants } from './audit-watch.ts'
import { type Measures, measure, type Scrape } from './measure.ts'
import { parseMetrics } from './parse-metrics.ts'

const SCRAPE_TIMEOUT_MS = 5_000

/** The data of one frame. */
export interface Frame extends Measures {
  at: string
  popular: Pick<PopularProduct, 'rank' | 'productId' | 'name' | 'sold' | 'stock'>[]
  invariants: Invariants
}

export interface FrameOptions {
  jumun: JumunClient
  address: string
  audit: AuditWatch
  signal: AbortSignal
}

/** Makes a reader of frames. A read throws if the API does not answer. */
export function frameReader({ jumun, address, audit, signal }: FrameOptions): () => Promise<Frame> {
  let before: Scrape | undefined
  return async () => {
    const [scrape, popular] = await Promise.all([
      readMetrics(address, signal),
      jumun.popular.products.query({}, { signal }),
    ])
    const measures = measure(before, scrape)
    before = scrape
    return {
      at: new Date().toISOString(),
      ...measures,
      popular: popular.items.map(({ rank, productId, name, sold, stock }) => ({ rank, productId, name, sold, stock })),
      invariants: audit.latest(),
    }
  }
}

async function readMetrics(address: string, signal: AbortSignal): Promise<Scrape> {
  const url = `${address.replace(/\/+$/, '')}/metrics`
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(SCRAPE_TIMEOUT_MS)]) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return { samples: parseMetrics(await response.text()), at: performance.now() }
  } catch (error) {
    const { message, cause } = error as Error
    const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message
    throw new CommandFailure(`${url} cannot be read: ${reason}`, EXIT_UNREACHABLE)
  }
}
