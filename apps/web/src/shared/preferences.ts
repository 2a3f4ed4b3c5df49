const YEAR_SECONDS = 31_536_000

/** Keeps a choice in a cookie, from which the server renders the next page. */
export function keepPreference(name: 'jumun-language' | 'jumun-theme', value: string): void {
  const secure = location.protocol === 'https:' ? ';secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is for https only, and a shop on the own machine has none.
  document.cookie = `${name}=${value};path=/;max-age=${YEAR_SECONDS};samesite=strict${secure}`
}
