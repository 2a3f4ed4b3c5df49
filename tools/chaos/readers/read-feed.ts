import { setTimeout as sleep } from 'node:timers/promises'
import { type ChangePage, createJumunClient } from '@jumun/client'
import { describe } from '../workload/calls.ts'
import type { Reader } from './reader.ts'

/** The longest time until a reader is cut. */
const CUT_AFTER_MAX_MS = 15_000
const PAUSE_MAX_MS = 1_000
/** The pause between pages, so that readers of pages cost little. */
const PAGE_PAUSE_MS = 300
const PAGE_MAX = 1_000
const WAIT_MAX_SECONDS = 3
const ANSWER_MAX_MS = 10_000
/** The probability that a reader of pages behaves as if it had crashed before it stored its cursor. */
const FORGETS = 0.05

/** Follows the feed through the client. Now and then its connection is cut, or it leaves the loop and goes on after its cursor. */
export async function followFeed(reader: Reader, url: string): Promise<void> {
  const { token, fetch, random, stop } = reader
  const client = createJumunClient({ url, token, fetch, random: random.fraction })
  const drawCut = () => performance.now() + random.int(1, CUT_AFTER_MAX_MS)
  while (!reader.done && !stop.signal.aborted) {
    const changes = client.changes({
      after: reader.cursor,
      signal: stop.signal,
      onState: ({ state }) => state === 'waiting' && reader.reconnect(),
    })
    let cutAt = drawCut()
    for await (const change of changes) {
      if (change.type === 'reset') reader.violate('was told that the feed is another one')
      else reader.record(change)
      if (reader.done) return
      if (performance.now() < cutAt) continue
      if (random.chance(0.5)) break
      reader.cut()
      cutAt = drawCut()
    }
    reader.reconnect()
    await sleep(random.int(0, PAUSE_MAX_MS))
  }
}

/** Reads the feed page by page, each page from one of the addresses. Sometimes it reads a page a second time. */
export async function readPages(reader: Reader, urls: string[]): Promise<void> {
  const { random, stop } = reader
  while (!reader.done && !stop.signal.aborted) {
    const [before, forgets] = [reader.cursor, random.chance(FORGETS)]
    const page = await readPage(reader, random.pick(urls))
    if (page?.reset) reader.violate('was told that the feed is another one')
    for (const item of page?.items ?? []) reader.record(item)
    reader.cursor = page?.nextCursor ?? before
    if (forgets || !page) reader.reconnect(before)
    await sleep(PAGE_PAUSE_MS)
  }
}

/** Returns undefined without an answer. */
async function readPage({ fetch, token, cursor, random }: Reader, url: string): Promise<ChangePage | undefined> {
  const query = new URLSearchParams({
    after: cursor,
    limit: `${random.int(1, PAGE_MAX)}`,
    wait: `${random.int(0, WAIT_MAX_SECONDS)}`,
  })
  try {
    const response = await fetch(`${url}/api/changes?${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    })
    if (response.ok) return (await response.json()) as ChangePage
    if (response.status !== 503) throw new RefusedPage(`${response.status} ${await response.text()}`)
  } catch (error) {
    if (error instanceof RefusedPage) throw error
  }
  return undefined
}

class RefusedPage extends Error {}

/** Runs a reader; an error that ends it is a violation. */
export async function runReader(reader: Reader, read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!reader.stop.signal.aborted) reader.violate(`ended: ${describe(error)}`)
  }
}
