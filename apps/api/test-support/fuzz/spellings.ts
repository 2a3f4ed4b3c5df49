import fc from 'fast-check'
import type { Reply } from '../transports.ts'

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi

/** The spellings of a UUID that inputs may have: upper, lower and mixed case. */
export function inAnyCase(uuid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const capitals = fc.oneof(fc.constantFrom(0, -1), fc.integer())
  return fc.tuple(uuid, capitals).map(([id, bits]) => {
    return id.replace(/./g, (letter, index) => ((bits >> (index % 32)) & 1 ? letter.toUpperCase() : letter))
  })
}

/** The spellings of a text that inputs may have: in NFC or NFD, with surrounding white space or without. */
export function inAnyForm(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const space = fc.constantFrom('', '', ' ', '\u3000', '\u00a0\t')
  return fc
    .tuple(text, fc.constantFrom('NFC', 'NFD'), space, space)
    .map(([text, form, before, after]) => before + text.normalize(form) + after)
}

/** What a reply has in another than its one spelling: UUIDs are lower-case, and text is in NFC. An invalid input may be quoted as it is. */
export function spellingViolations({ text, problem }: Reply): string[] {
  if (problem?.code === 'BAD_REQUEST') return []
  const capitals = (text.match(UUID) ?? []).filter((id) => id !== id.toLowerCase())
  return [
    ...capitals.map((id) => `${id} is not in lower case`),
    ...(text === text.normalize('NFC') ? [] : [`not in NFC: ${text}`]),
  ]
}
