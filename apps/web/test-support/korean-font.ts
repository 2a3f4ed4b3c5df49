import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'

const FONT = dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-kr/index.css')))

/**
 * Gives pages a Korean font, which a bare machine lacks: the page's style sheets gain its rules. The context must bypass the policy of
 * the pages, which allows no font.
 */
export async function useKoreanFont(context: BrowserContext): Promise<void> {
  const rules = (await readFile(join(FONT, 'index.css'), 'utf8')).replaceAll('url(./files/', 'url(/test-fonts/')
  await context.route('**/assets/*.css', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${await response.text()}\n${rules}` })
  })
  await context.route('**/test-fonts/*', (route) => {
    const [, name = ''] = /test-fonts\/([\w-]+\.woff2)/.exec(route.request().url()) ?? []
    return route.fulfill({ path: join(FONT, 'files', name), contentType: 'font/woff2' })
  })
}

/** Takes a picture of a page when its fonts are there. */
export async function takeScreenshot(page: Page, path: string): Promise<void> {
  // Asked for its whole text: layout finds out one after the other which parts of the font it needs.
  await page.evaluate(`document.fonts.load('16px "Noto Sans KR Variable"', document.body.textContent)`)
  // Text that was drawn with another font first keeps it until it is drawn in another size.
  await page.evaluate(`document.documentElement.style.zoom = '1.001'`)
  await page.screenshot({ path })
}
