import { readFile } from 'node:fs/promises'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, test } from 'vitest'
import { expectAccessible } from '../../test-support/axe.ts'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()

const ROWS = 5_000
/** Every thousandth row is bad. */
const isBad = (index: number) => index % 1_000 === 999

const text = `name,price,stock\n${Array.from({ length: ROWS }, (_, index) =>
  [`한라봉 차 ${index}`, isBad(index) ? 'free' : 1_000 + index, 5].join(','),
).join('\n')}\n`
const file = { name: 'products.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }

test(
  'five thousand products are imported once each, with bad rows, a lost reply, a stop and a reload in the middle',
  async () => {
    const page = await visit({ memberId: 'ops', role: 'admin', expectedErrors: /ERR_FAILED/ })
    await page.goto('/console/products/import')
    const input = page.getByLabel('Choose a CSV')
    await input.setInputFiles(file)
    const start = page.getByRole('button', { name: 'Import 4,995 products' })
    await start.waitFor()
    await page.getByRole('button', { name: 'Refused 5' }).click()
    await page.getByRole('row').filter({ hasText: '1,001' }).getByText('price: must be a whole number').waitFor()
    await expectAccessible(page)

    // The second call arrives, its reply does not; then the operator stops.
    let calls = 0
    await page.route(/product\.create/, async (route) => {
      calls += 1
      if (calls !== 2) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await start.click()
    await expect.poll(() => calls).toBeGreaterThan(2)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: /^Go on with/ }).waitFor()

    await page.reload()
    await page.getByText('The import of products.csv has not ended').waitFor()
    await input.setInputFiles(file)
    await page.getByText('This is the file whose import has not ended').waitFor()
    await page.getByRole('button', { name: /^Key exists/ }).waitFor()
    const rest = page.getByRole('button', { name: /^Import [\d,]+ products/ })
    await rest.click()
    await page.getByText('5 rows refused').waitFor({ timeout: scaleByLoad(60_000) })

    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download 5 refused rows' }).click()
    const report = await readFile((await (await downloading).path()) ?? '', 'utf8')
    expect(report.trim().split('\r\n')).toHaveLength(6)
    expect(report).toContain('1001,"price: must be a whole number')

    const names = new Set<string>()
    let count = 0
    for await (const { name } of api.client('ops', 'admin').products()) {
      names.add(name)
      count += 1
    }
    expect([count, names.size]).toEqual([ROWS - 5, ROWS - 5])
  },
  scaleByLoad(120_000),
)
