import { type Browser, chromium } from 'playwright-core'
import { findBrowser } from './chromium.ts'

/** Started once for all test files of a worker. */
let launched: Promise<Browser> | undefined

/** The browser of this worker. It ends with the worker. */
export function browser(): Promise<Browser> {
  launched ??= launch()
  return launched
}

async function launch(): Promise<Browser> {
  const { path, libraries } = await findBrowser()
  return chromium.launch({
    executablePath: path,
    // Root may not use the sandbox, and the pages are ours.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) },
  })
}
