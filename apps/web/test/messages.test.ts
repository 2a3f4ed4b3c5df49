import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const WEB = join(import.meta.dirname, '..')
const MESSAGES = join(WEB, 'messages')

/** What is the same in every language, or named in its own. */
const NAMES = ['Jumun', 'PostgreSQL', 'UTC', 'Ctrl K', '한국어', 'English']

function read(area: string, language: string): Record<string, string> {
  const { $schema, ...messages } = JSON.parse(readFileSync(join(MESSAGES, area, `${language}.json`), 'utf8'))
  return messages
}

const placeholdersOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

/** The sources of the pages, by file. */
const sources = readdirSync(join(WEB, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('messages'))
  .map((name) => ({ name, text: readFileSync(join(WEB, 'src', name), 'utf8') }))

test.each(readdirSync(MESSAGES))(
  'the messages of %s are in both languages, with the same placeholders, and all used',
  (area) => {
    const [english, korean] = [read(area, 'en'), read(area, 'ko')]
    expect(Object.keys(korean)).toEqual(Object.keys(english))
    const used = new Set(sources.flatMap(({ text }) => [...text.matchAll(/\w+/g)].map(([word]) => word)))
    for (const [name, text] of Object.entries(english)) {
      expect([name, placeholdersOf(korean[name] ?? '')]).toEqual([name, placeholdersOf(text)])
      expect(korean[name]?.trim(), name).not.toBe('')
      expect(used, name).toContain(name)
    }
  },
)

/** Text between tags, and in attributes that are read aloud or shown. */
const TEXT =
  /(?:<\/?[\w.]+[^<>{}()=;]*|[/"})])>\s*([^<>{}();=&|]*\p{L}{2}[^<>{}();=&|]*)<\/?[A-Za-z]|(?:aria-label|placeholder|title|alt)="([^"]*\p{L}{2}[^"]*)"/gu

test('every text of the pages is a message', () => {
  const texts = sources
    .filter(({ name }) => name.endsWith('.tsx'))
    .flatMap(({ name, text }) =>
      [...text.matchAll(TEXT)].map(([, between, attribute]) => `${name}: ${(between ?? attribute ?? '').trim()}`),
    )
  const isName = (found: string) => NAMES.some((name) => found.endsWith(`: ${name}`)) || found.endsWith(': return')
  expect(texts.filter((found) => !isName(found))).toEqual([])
  // The check finds texts at all.
  expect(texts.length).toBeGreaterThanOrEqual(NAMES.length)
})
