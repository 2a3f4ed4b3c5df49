import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preferences } from './preferences.ts'

interface PageContent extends Preferences {
  /** What the page shows first, by procedure. */
  data: Record<string, unknown>
}

/** The HTML of the two apps in each language. */
export interface Pages {
  render(app: 'shop' | 'console', content: PageContent): string
}

const HTML_TAG = '<html lang="en">'
const DATA_MARK = '<!--page-data-->'

/** Reads the built HTML files. Throws if one has lost the places where language and data stand. */
export async function readPages(folder: string): Promise<Pages> {
  const template = (app: string, language: string) => readTemplate(join(folder, `${app}.${language}.html`))
  const templates = {
    shop: { en: await template('shop', 'en'), ko: await template('shop', 'ko') },
    console: { en: await template('console', 'en'), ko: await template('console', 'ko') },
  }
  return {
    render(app, { language, theme, data }) {
      const [head, beforeData, rest] = templates[app][language]
      const html = `<html lang="${language}"${theme === 'auto' ? '' : ` data-theme="${theme}"`}>`
      return `${head}${html}${beforeData}<script id="page-data" type="application/json">${inScript(data)}</script>${rest}`
    },
  }
}

async function readTemplate(file: string): Promise<[string, string, string]> {
  const html = await readFile(file, 'utf8')
  const [head, afterTag] = html.split(HTML_TAG)
  const [beforeData, rest] = afterTag?.split(DATA_MARK) ?? []
  if (head === undefined || beforeData === undefined || rest === undefined)
    throw new Error(`${file} is no page of ours.`)
  return [head, beforeData, rest]
}

/** JSON that cannot end its script element or begin a comment in it. */
function inScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
