import { expect, test } from 'vitest'
import { brokenLinks, pages } from './links.ts'

test.each(pages)('every relative link of %s leads to a file and a heading that are there', (page) => {
  expect(brokenLinks(page)).toEqual([])
})
