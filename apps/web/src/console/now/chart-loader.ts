import { lazy } from 'react'
import { language } from '../../shared/locale.ts'

/** The chart, loaded after the page, whose place it keeps. */
export const Chart = lazy(async () => {
  guardLocale()
  return import('./chart.tsx')
})

/** uPlot gives the browser's language to Intl when it is loaded, and some machines name one that Intl refuses, such as `en-US@posix`. */
function guardLocale(): void {
  try {
    Intl.getCanonicalLocales(navigator.language)
  } catch {
    Object.defineProperty(navigator, 'language', { value: language, configurable: true })
  }
}
