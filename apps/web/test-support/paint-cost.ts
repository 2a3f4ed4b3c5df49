import type { Page } from 'playwright-core'
import { cpuOf, recordWhile, type TraceEvent, tasksOfPages } from './main-thread.ts'

/** When people see a page, in milliseconds. */
export interface Paints {
  first: number
  largest: number
}

/** Slow 4G and a processor four times slower, as Lighthouse has them. */
const LATENCY_MS = 150
const BYTES_PER_MS = 1_600 / 8
const SLOWER = 4

/**
 * Loads a page over a slow network, and works out when a slow device would have painted it: by the bytes that were sent, the waits for
 * the network, and the processor time of the main thread. Other processes of the machine lengthen none of these much.
 */
export async function paintsOnSlowDevice(page: Page, path: string): Promise<Paints> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  const throughput = { downloadThroughput: BYTES_PER_MS * 1_000, uploadThroughput: 750_000 / 8 }
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: LATENCY_MS, ...throughput })
  let html = ''
  const events = await recordWhile(page, async () => {
    html = (await (await page.goto(path))?.text()) ?? ''
    await page.getByText(' left').first().waitFor()
    // Until the paint is recorded.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))))
  })
  const sent = await page.evaluate(sentForPaint)
  const unnamed = sent.filter(({ path, isPage }) => !isPage && !html.includes(path))
  if (unnamed.length > 0) throw new Error(`The page does not name what it needs: ${JSON.stringify(unnamed)}`)
  const bytes = sent.reduce((sum, { bytes }) => sum + bytes, 0)
  // Once for the page, once for what it names.
  const network = 2 * LATENCY_MS + bytes / BYTES_PER_MS
  const { first, largest } = cpuUntilPaints(events)
  return { first: network + SLOWER * first, largest: network + SLOWER * largest }
}

/** The processor time of the main thread until the paints, without what it does while the network is waited for anyway. */
function cpuUntilPaints(events: TraceEvent[]): Paints {
  const of = (name: string) => events.filter((event) => event.name === name)
  const [first, largest] = [of('firstContentfulPaint').at(-1), of('largestContentfulPaint::Candidate').at(-1)]
  const isOfPage = ({ pid }: TraceEvent) => pid === first?.pid
  // Of the page itself, not of an empty document that the browser begins with.
  const begin = of('navigationStart').find((event) => isOfPage(event) && event.args.data?.documentLoaderURL)
  const run = of('v8.evaluateModule').find(isOfPage)
  if (!(first && largest && begin && run)) throw new Error('The browser recorded no paint.')
  const requests = of('ResourceSendRequest').filter((event) => isOfPage(event) && event.ts > begin.ts)
  const named = requests.find(({ args }) => args.data?.url?.includes('/assets/'))
  const arrived = of('ResourceFinish').findLast((event) => isOfPage(event) && event.ts < run.ts)
  if (!(named && arrived)) throw new Error('The browser recorded no requests.')
  const tasks = tasksOfPages(events).filter(isOfPage)
  const cpu = (from: number, to: number) =>
    tasks.filter(({ ts }) => ts >= from && ts < to).reduce((sum, task) => sum + cpuOf(task) / 1_000, 0)
  const before = cpu(begin.ts, named.ts)
  return {
    first: first.ts < arrived.ts ? before + cpu(named.ts, first.ts) : before + cpu(arrived.ts, first.ts),
    largest: before + cpu(arrived.ts, largest.ts),
  }
}

function sentForPaint(): { path: string; bytes: number; isPage: boolean }[] {
  const isNeeded = ({ name }: PerformanceEntry) => /\.(?:js|css)$/.test(name)
  const files = performance.getEntriesByType('resource').filter(isNeeded)
  return [...performance.getEntriesByType('navigation'), ...files].map((entry) => ({
    path: new URL(entry.name).pathname,
    bytes: (entry as PerformanceResourceTiming).transferSize,
    isPage: entry.entryType === 'navigation',
  }))
}
