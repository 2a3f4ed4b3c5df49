import { createSignInCode } from '@jumun/domain'
import type { BrowserContext } from 'playwright-core'
import { browser } from './browser.ts'
import { useKoreanFont } from './korean-font.ts'

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

/** How a browser is opened. */
export interface ContextOptions {
  /** Who is signed in. */
  memberId?: string
  role?: 'member' | 'admin'
  language?: 'en' | 'ko'
  theme?: 'light' | 'dark'
  size?: keyof typeof SIZES
  /** Shows Korean letters on a machine without a font for them. The policy of the pages does not hold then. */
  koreanFont?: boolean
}

/** What signs in: a running API. */
interface RunningApi {
  url: string
  services: { em: Parameters<typeof createSignInCode>[0] }
}

/** Opens a browser of its own at an API. */
export async function openContext(api: RunningApi, options: ContextOptions): Promise<BrowserContext> {
  const { memberId, role = 'member', language = 'en', theme = 'light', size = 'desktop', koreanFont = false } = options
  const context = await (await browser()).newContext({
    baseURL: api.url,
    // uPlot and Intl need a real one, which a bare machine does not have.
    locale: language === 'ko' ? 'ko-KR' : 'en-US',
    timezoneId: 'Asia/Seoul',
    colorScheme: theme,
    viewport: SIZES[size],
    reducedMotion: 'reduce',
    bypassCSP: koreanFont,
  })
  if (koreanFont) await useKoreanFont(context)
  if (memberId === undefined) return context
  // As people do, with a one-time code, so that the browser holds a session's cookie.
  const code = await createSignInCode(api.services.em, { memberId, role })
  const response = await context.request.post('/session', { data: { code } })
  if (!response.ok()) throw new Error(`Signing in was answered with ${response.status()}.`)
  return context
}
