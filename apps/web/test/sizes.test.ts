import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { useWeb } from '../test-support/use-web.ts'

/** Bytes of the first load, compressed by gzip, although browsers get the smaller Brotli. */
const BUDGETS = {
  shop: { script: 45_000, stylesheet: 10_000 },
  console: { script: 180_000, stylesheet: 10_000 },
}

/** Charts are loaded when the page is there. */
const LATER = /-chart-/

const { api, visit } = useWeb()

test.each([
  ['shop', 'en'],
  ['shop', 'ko'],
  ['console', 'en'],
  ['console', 'ko'],
] as const)(
  'the first load of the %s in %s is small, has no font, and nothing of another origin',
  async (app, language) => {
    const page = await visit({ memberId: 'ops', role: 'admin', language })
    const sizes = { script: 0, stylesheet: 0 }
    const others: string[] = []
    const measured: Promise<unknown>[] = []
    page.on('response', (response) => {
      const type = response.request().resourceType()
      if (type === 'font' || new URL(response.url()).origin !== api.url) others.push(response.url())
      if (type !== 'script' && type !== 'stylesheet') return
      if (!LATER.test(response.url()))
        measured.push(response.body().then((body) => (sizes[type] += gzipSync(body).length)))
    })
    await page.goto(app === 'shop' ? '/' : '/console')
    await page.locator('main h1').first().waitFor()
    await page.waitForFunction(() => performance.getEntriesByType('paint').length > 0)
    await Promise.all(measured)
    expect(others).toEqual([])
    expect(sizes.script).toBeGreaterThan(20_000)
    expect(sizes.stylesheet).toBeGreaterThan(1_000)
    expect(sizes.script).toBeLessThanOrEqual(BUDGETS[app].script)
    expect(sizes.stylesheet).toBeLessThanOrEqual(BUDGETS[app].stylesheet)
  },
)
