import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../../..')

/** The documentation pages, as paths from the root of the repository. */
export const pages = globSync(['README*.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: root }).sort()

/** The relative links of a page whose file or heading does not exist, or that leave the repository. */
export function brokenLinks(page: string): string[] {
  return linksOf(textOf(page)).filter((link) => !isValid(page, link))
}

function isValid(page: string, link: string): boolean {
  const [path = '', anchor] = decodeURIComponent(link).split('#', 2)
  const target = path === '' ? page : relative(root, resolve(root, dirname(page), path))
  if (target.startsWith('..') || !statSync(join(root, target), { throwIfNoEntry: false })) return false
  if (anchor === undefined) return true
  return target.endsWith('.md') && anchorsOf(textOf(target)).has(anchor)
}

/** The text of a page without code blocks, because they hold no links or headings. */
function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1/gm, '')
}

function linksOf(markdown: string): string[] {
  const text = markdown.replace(/`[^`\n]*`/g, '')
  const inline = text.matchAll(/\]\(\s*<?([^\s)>]+)/g)
  const references = text.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm)
  const links = [...inline, ...references].map(([, link = '']) => link)
  return links.filter((link) => !/^[a-z][a-z+.-]*:|^\/\//i.test(link))
}

/** The anchors that GitHub generates for headings, and explicit ones. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set([...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id))
  for (const [, heading = ''] of markdown.matchAll(/^#{1,6}[ \t]+(.+?)[ \t#]*$/gm)) {
    const slug = slugOf(heading)
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/** The algorithm of https://github.com/Flet/github-slugger. */
function slugOf(heading: string): string {
  const words = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return words.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-')
}
