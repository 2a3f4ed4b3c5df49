import axe, { type AxeResults, type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

declare global {
  interface Window {
    axe: typeof axe
  }
}

/** Every rule of axe holds on a page, those of best practice too. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNoViolation(page, {})
}

/** The rules of axe about colours hold on a page. */
export async function expectContrast(page: Page): Promise<void> {
  await expectNoViolation(page, { runOnly: ['color-contrast', 'link-in-text-block'] })
}

async function expectNoViolation(page: Page, options: RunOptions): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${axe.source}; undefined`)
  const { violations } = await page.evaluate((options): Promise<AxeResults> => window.axe.run(document, options), {
    ...options,
    resultTypes: ['violations' as const],
  })
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n  ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join('\n  ')}`,
  )
  expect(found, `${page.url()} in ${await page.evaluate(() => document.documentElement.lang)}`).toEqual([])
}
