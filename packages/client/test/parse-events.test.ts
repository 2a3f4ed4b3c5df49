import { expect, test } from 'vitest'
import { createEventParser } from '../src/live/parse-events.ts'

const lines = [
  ': a comment',
  'event: change',
  'id: c1',
  'data: {"name":"한라봉",',
  'data:"of": "two lines"}',
  '',
  'retry: 700',
  'retry: soon',
  'data',
  'unknown: x',
  'nothing',
  'data:  two spaces',
  '',
  'id: c2',
  'event: ignored without data',
  '',
  'id: has\0null',
  'data: last: with colons',
  '',
]
const events = [
  { type: 'change', id: 'c1', data: '{"name":"한라봉",\n"of": "two lines"}' },
  { type: 'retry', id: undefined, data: '700' },
  { type: 'message', id: undefined, data: '\n two spaces' },
  { type: 'message', id: undefined, data: 'last: with colons' },
]

test.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('events are parsed wherever chunks end, with %s', (_, lineEnd) => {
  const text = [...lines, 'data: incomplete'].join(lineEnd)
  for (let size = 1; size <= text.length; size++) {
    const parse = createEventParser()
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size))
    expect(chunks.flatMap((chunk) => parse(chunk))).toEqual(events)
  }
})

test('an event is complete with its empty line, also where that ends in CR', () => {
  const parse = createEventParser()
  expect(parse('data: 1\r\r')).toHaveLength(1)
  expect(parse('')).toEqual([])
  expect(parse('\ndata: 2\r')).toEqual([])
  expect(parse('\n')).toEqual([])
  expect(parse('\r')).toHaveLength(1)
})
