import { type TestApi, type TestApiOptions, useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, expect } from 'vitest'
import { type ContextOptions, openContext } from './open-context.ts'

/** How long a page may take for what a test waits for, on a machine with nothing else to do. */
const PAGE_PATIENCE_MS = 30_000

interface VisitOptions extends ContextOptions {
  /** Messages of the console that this visit must cause, such as of a refused request. */
  expectedErrors?: RegExp
}

/** The shop and the console over an API of the test file's own. */
export interface TestWeb {
  api: TestApi
  /** Opens a browser of its own, with one page that shows nothing yet. It is closed after the test, which fails on an error of the page. */
  visit(options?: VisitOptions): Promise<Page>
}

/** Gives the test file that calls it an API with pages. */
export function useWeb(options: TestApiOptions = {}): TestWeb {
  const api = useApi({ ...options, settings: { WEB: 'true', ...options.settings } })
  const visits: { context: BrowserContext; errors: string[] }[] = []
  afterEach(async () => {
    const ended = visits.splice(0)
    await Promise.all(ended.map(({ context }) => context.close()))
    expect(ended.flatMap(({ errors }) => errors)).toEqual([])
  })
  return {
    api,
    async visit({ expectedErrors, ...options } = {}) {
      const context = await openContext(api, options)
      context.setDefaultTimeout(scaleByLoad(PAGE_PATIENCE_MS))
      const errors: string[] = []
      const note = (text: string) => expectedErrors?.test(text) || errors.push(text)
      context.on('console', (message) => message.type() === 'error' && note(message.text()))
      context.on('weberror', (error) => note(String(error.error())))
      visits.push({ context, errors })
      return context.newPage()
    },
  }
}
