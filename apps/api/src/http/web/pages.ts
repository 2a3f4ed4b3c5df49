import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preferences } from './preferences.ts'

interface PageContent extends Preferences {
  /** What the page shows first, by procedure. */
  data: Record<string, unknown>
  /** The HTML with which the page begins, until its scripts run. */
  intro?: string | undefined
}

/** The HTML of the two apps in each language. */
export interface Pages {
  render(app: 'shop' | 'console', content: PageContent): string
}

const HTML_TAG = '<html lang="en">'
const DATA_MARK = '<!--page-data-->'
/** Only the shop has one. */
const INTRO_MARK = '<!--page-intro-->'

/** Reads the built HTML files. Throws if one has lost the places where language and data stand. */
export async function readPages(folder: string): Promise<Pages> {
  const template = (app: string, language: string) => readTemplate(join(folder, `${app}.${language}.html`))
  const templates = {
    shop: { en: await template('shop', 'en'), ko: await template('shop', 'ko') },
    console: { en: await template('console', 'en'), ko: await template('console', 'ko') },
  }
  return {
    render(app, { language, theme, data, intro = '' }) {
      const [head, beforeData, rest, afterIntro] = templates[app][language]
      const html = `<html lang="${language}"${theme === 'auto' ? '' : ` data-theme="${theme}"`}>`
      return `${head}${html}${beforeData}<script id="page-data" type="application/json">${inScript(data)}</script>${rest}${intro}${afterIntro}`
    },
  }
}

async function readTemplate(file: string): Promise<[string, string, string, string]> {
  const html = await readFile(file, 'utf8')
  const [head, afterTag] = html.split(HTML_TAG)
  const [beforeData, afterData] = afterTag?.split(DATA_MARK) ?? []
  const [rest, afterIntro = ''] = afterData?.split(INTRO_MARK) ?? []
  if (head === undefined || beforeData === undefined || rest === undefined)
    throw new Error(`${file} is no page of ours.`)
  return [head, beforeData, rest, afterIntro]
}

/** JSON that cannot end its script element or begin a comment in it. */
function inScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
