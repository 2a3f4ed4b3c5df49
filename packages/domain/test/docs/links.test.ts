import { expect, test } from 'vitest'
import { brokenLinks, pages } from './links.ts'

test.each(pages)('every relative link of %s leads to an existing file and heading', (page) => {
  expect(brokenLinks(page)).toEqual([])
})
