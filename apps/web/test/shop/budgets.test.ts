import { scaleByLoad } from '@jumun/test-kit/machine-load'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { longestTasksWhile } from '../../test-support/main-thread.ts'
import { manyProducts } from '../../test-support/many-products.ts'
import { type Paints, paintsOnSlowDevice } from '../../test-support/paint-cost.ts'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()

let ids: number[] = []
beforeAll(async () => {
  ids = await manyProducts(api, 'Hallabong tea ', 40, 1_000_000)
  const memberId = await api.shop.member(1_000_000_000)
  await api.shop.place({ memberId, items: ids.slice(0, 5).map((productId) => ({ productId, quantity: 2 })) })
})

test('the first page is painted within a second at slow 4G and with a slow processor', async () => {
  const paints: Paints[] = []
  for (let load = 0; load < 3; load++)
    paints.push(await paintsOnSlowDevice(await visit({ memberId: 'mina', size: 'phone' }), '/'))
  expect(Math.min(...paints.map(({ first }) => first))).toBeLessThan(scaleByLoad(1_000))
  expect(Math.min(...paints.map(({ largest }) => largest))).toBeLessThan(scaleByLoad(1_200))
})

for (const path of ['/', '/products'])
  test(`nothing moves in ${path}, and no task is long, while stock changes 200 times a second`, async () => {
    const page = await visit({ memberId: 'mina', size: 'phone' })
    await page.addInitScript(floodable)
    await page.goto(path)
    await page.waitForFunction(() => window.flood !== undefined)
    const tasks = await longestTasksWhile(page, () =>
      page.evaluate((ids) => window.flood?.(ids, 600), ids.slice(0, 10)),
    )
    await page.getByText('999,400 left').first().waitFor()
    expect(tasks.filter(({ cpuMs }) => cpuMs > 50)).toEqual([])
    expect(await shifts(page)).toEqual([])
  })

declare global {
  interface Window {
    /** Puts changes of the products' stock into the feed, 200 a second. */
    flood?: (ids: number[], count: number) => Promise<void>
  }
}

/** Lets a test add events to the stream that the page reads. */
function floodable(): void {
  const { fetch } = window
  window.fetch = async (...request) => {
    const response = await fetch(...request)
    if (!(String(request[0]).includes('/api/events') && response.ok && response.body)) return response
    // As the last event of the feed names it: the page goes on there later.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const [encoder, decoder] = [new TextEncoder(), new TextDecoder()]
    let id = ''
    const reader = response.body.getReader()
    const writer = writable.getWriter()
    void (async () => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return writer.close()
        id = /^id: ?(.+)$/m.exec(decoder.decode(value))?.[1] ?? id
        await writer.write(value)
      }
    })().catch((error: unknown) => writer.abort(error))
    let sent = 0
    window.flood = async (ids, count) => {
      for (const end = sent + count; sent < end; ) {
        for (let one = 0; one < 10; one++, sent++) {
          const data = { productId: ids[sent % ids.length], quantity: 999_999 - sent, reason: 'order' }
          const change = { type: 'stock.changed', at: new Date().toISOString(), data }
          void writer.write(encoder.encode(`event: change\nid: ${id}\ndata: ${JSON.stringify(change)}\n\n`))
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    return new Response(readable, { status: response.status, headers: response.headers })
  }
}

/** What moved since the page began to load. */
async function shifts(page: Page): Promise<string[]> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const found: string[] = []
        const note = (entries: PerformanceEntry[]) => {
          for (const entry of entries as (PerformanceEntry & { value: number; sources: { node?: Element }[] })[])
            found.push(`${entry.value} ${entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 100))}`)
        }
        new PerformanceObserver((list) => note(list.getEntries())).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => resolve(found), 100)
      }),
  )
}
