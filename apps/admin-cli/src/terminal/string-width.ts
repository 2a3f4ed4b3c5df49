import { createRequire } from 'node:module'
import type measure from 'string-width'

const require = createRequire(import.meta.url)

/** The width of a text in terminal columns. Loads the library when a text needs it, because loading doubles the start time of a command. */
export function stringWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  return (require('string-width') as { default: typeof measure }).default(text)
}
