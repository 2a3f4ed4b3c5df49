import type { IncomingHttpHeaders } from 'node:http'

/** How a page is shown. */
export interface Preferences {
  language: 'en' | 'ko'
  theme: 'light' | 'dark' | 'auto'
}

/** Reads what the page has stored in cookies; else the language is the first of `Accept-Language` that there is. */
export function readPreferences(headers: IncomingHttpHeaders): Preferences {
  const cookies = new Map((headers.cookie ?? '').split('; ').map((pair) => pair.split('=', 2) as [string, string]))
  const [chosen, theme] = [cookies.get('jumun-language'), cookies.get('jumun-theme')]
  return {
    language: chosen === 'ko' || chosen === 'en' ? chosen : acceptedLanguage(headers['accept-language']),
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
  }
}

/** Browsers send languages in the order of preference. */
function acceptedLanguage(header = ''): 'en' | 'ko' {
  const [first] = header.toLowerCase().match(/\b(?:en|ko)\b/) ?? []
  return first === 'ko' ? 'ko' : 'en'
}
