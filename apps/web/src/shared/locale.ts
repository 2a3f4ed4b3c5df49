import { keepPreference } from './preferences.ts'

export type Language = 'en' | 'ko'

/** The language of the page. Pages of another language are files of their own. */
export const language: Language = document.documentElement.lang === 'ko' ? 'ko' : 'en'

/** Loads the page in another language, and keeps the language for later pages. */
export function setLanguage(chosen: Language): void {
  keepPreference('jumun-language', chosen)
  location.reload()
}
