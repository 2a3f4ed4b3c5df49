/** Encodes a key as the cursor of a page. */
export function cursorOf(key: unknown): string {
  return Buffer.from(typeof key === 'string' ? key : JSON.stringify(key)).toString('base64url')
}

/** Cursors that no list returns: not base64, not JSON, JSON of a wrong type, numbers and texts out of range. */
export const brokenCursors = [
  'x',
  '%%%',
  ' ',
  '\0',
  '한글',
  cursorOf(''),
  cursorOf('null'),
  cursorOf('{}'),
  cursorOf('[1]'),
  cursorOf('"1"'),
  cursorOf('true'),
  cursorOf('-1'),
  cursorOf('1.5'),
  cursorOf('1e400'),
  cursorOf('9007199254740993'),
  cursorOf('"\\u0000"'),
  cursorOf('"\\ud800"'),
  cursorOf("'; drop table product; --"),
  cursorOf('"1 or 1=1"'),
  cursorOf('"00000000-0000-0000-0000-000000000000"'),
  cursorOf('{"__proto__":{"polluted":true}}'),
  'A'.repeat(200),
]
