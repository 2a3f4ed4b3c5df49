import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { DIST } from './paths.ts'

/** Writes the HTML with which pages begin, by language and path, for the server. Needs the compiled messages. */
export async function writeIntros(): Promise<void> {
  const { overwriteGetLocale } = await import('../src/messages/runtime.js')
  const { Intro, INTRO_PATHS } = await import('../src/shop/components/intro.ts')
  const introsOf = (language: 'en' | 'ko') => {
    overwriteGetLocale(() => language)
    const html = (path: (typeof INTRO_PATHS)[number]) =>
      renderToStaticMarkup(createElement('main', { id: 'main' }, createElement(Intro, { path })))
    return Object.fromEntries(INTRO_PATHS.map((path) => [path, html(path)]))
  }
  await writeFile(join(DIST, 'page-intros.json'), JSON.stringify({ en: introsOf('en'), ko: introsOf('ko') }))
}
