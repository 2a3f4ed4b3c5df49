import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, Cluster } from '../cluster/cluster.ts'
import { randomOf } from '../random.ts'
import { type Fixture, tokenOf } from '../workload/fixture.ts'
import type { History } from '../workload/history.ts'
import { followFeed, readPages, runReader } from './read-feed.ts'
import { LAST_PRODUCT, Reader } from './reader.ts'

const PAGE_READERS = 2
const CATCH_UP_MAX_MS = 60_000

/** Readers of the feed. */
export interface Readers {
  /** How many changes they got so far. */
  changes(): number
  /** How often they were connected again. */
  reconnects(): number
  /** Makes a last change, and waits until every reader has got it. */
  finish(fixture: Fixture): Promise<void>
  /** Stops the readers without waiting for the last change. */
  stop(): Promise<void>
}

/** Starts an operator's readers of all topics: one through the client for each API process, and some of pages. All begin at one cursor. */
export async function startReaders(cluster: Cluster, history: History, seed: number): Promise<Readers> {
  const urls = cluster.apis.map((api) => urlOf(cluster, api))
  const token = await tokenOf(cluster, 'chaos-reader', 'admin')
  const cursor = await endOfFeed(urls[0] ?? '', token)
  const readerOf = (name: string) =>
    new Reader({ name, token, cursor, history, random: randomOf(seed, 'reader', name) })
  const streams = urls.map((url, index) => ({ reader: readerOf(`stream-${cluster.apis[index]?.name}`), url }))
  const pages = Array.from({ length: PAGE_READERS }, (_, index) => readerOf(`pages-${index}`))
  const readers = [...streams.map(({ reader }) => reader), ...pages]
  const all = Promise.all([
    ...streams.map(({ reader, url }) => runReader(reader, () => followFeed(reader, url))),
    ...pages.map((reader) => runReader(reader, () => readPages(reader, urls))),
  ])
  const stop = async () => {
    for (const reader of readers) reader.stop.abort()
    await all
  }
  const sum = (count: (reader: Reader) => number) => readers.reduce((total, reader) => total + count(reader), 0)
  return {
    changes: () => sum((reader) => reader.received),
    reconnects: () => sum((reader) => reader.reconnects),
    async finish({ admin }) {
      await admin.product.create.mutate({ items: [{ name: LAST_PRODUCT, price: 1, stock: 0 }] })
      // A half-open connection would be noticed only after 45 seconds.
      for (const reader of readers) reader.cut()
      const timer = new AbortController()
      const late = sleep(CATCH_UP_MAX_MS, undefined, { signal: timer.signal }).catch(() => {})
      await Promise.race([all, late])
      timer.abort()
      for (const reader of readers) if (!reader.done) reader.violate('did not reach the end of the feed')
      await stop()
    },
    stop,
  }
}

/** The address of an API process for readers, through a proxy. */
function urlOf({ proxies }: Cluster, { readersProxy }: Api): string {
  return `http://127.0.0.1:${proxies.ports[readersProxy]}`
}

async function endOfFeed(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/api/changes`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`The feed has no end: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { nextCursor: string }).nextCursor
}
