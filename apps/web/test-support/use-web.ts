import { createSignInCode } from '@jumun/domain'
import { type TestApi, type TestApiOptions, useApi } from '@jumun/test-kit/api'
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, expect } from 'vitest'
import { browser } from './browser.ts'
import { useKoreanFont } from './korean-font.ts'

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

/** A browser that someone opens. */
interface VisitOptions {
  /** Who is signed in. */
  memberId?: string
  role?: 'member' | 'admin'
  language?: 'en' | 'ko'
  theme?: 'light' | 'dark'
  size?: keyof typeof SIZES
  /** Shows Korean letters on a machine without a font for them. The policy of the pages does not hold then. */
  koreanFont?: boolean
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
    async visit(visit = {}) {
      const { language = 'en', theme = 'light', size = 'desktop', expectedErrors } = visit
      const context = await (await browser()).newContext({
        baseURL: api.url,
        // uPlot and Intl need a real one, which a bare machine does not have.
        locale: language === 'ko' ? 'ko-KR' : 'en-US',
        timezoneId: 'Asia/Seoul',
        colorScheme: theme,
        viewport: SIZES[size],
        reducedMotion: 'reduce',
        bypassCSP: visit.koreanFont ?? false,
      })
      if (visit.koreanFont) await useKoreanFont(context)
      if (visit.memberId) await signIn(context, api, visit.memberId, visit.role ?? 'member')
      const errors: string[] = []
      const note = (text: string) => expectedErrors?.test(text) || errors.push(text)
      context.on('console', (message) => message.type() === 'error' && note(message.text()))
      context.on('weberror', (error) => note(String(error.error())))
      visits.push({ context, errors })
      return context.newPage()
    },
  }
}

/** Signs in as people do, with a one-time code, so that the browser holds a session's cookie. */
async function signIn(
  context: BrowserContext,
  api: TestApi,
  memberId: string,
  role: 'member' | 'admin',
): Promise<void> {
  const code = await createSignInCode(api.services.em, { memberId, role })
  const response = await context.request.post('/session', { data: { code } })
  expect(response.status()).toBe(200)
}
