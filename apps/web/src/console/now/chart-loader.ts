import { lazy } from 'react'
import { language } from '../../shared/locale.ts'
import { NoChart } from './no-chart.tsx'

/**
 * The chart, loaded after the page. If it cannot be loaded, such as while the server restarts, the page shows only the numbers: browsers do
 * not load a module again that has failed once.
 */
export const Chart = lazy(async () => {
  guardLocale()
  return import('./chart.tsx').catch(() => ({ default: NoChart }))
})

/** uPlot gives the browser's language to Intl when it is loaded, and some machines name one that Intl refuses, such as `en-US@posix`. */
function guardLocale(): void {
  try {
    Intl.getCanonicalLocales(navigator.language)
  } catch {
    Object.defineProperty(navigator, 'language', { value: language, configurable: true })
  }
}
