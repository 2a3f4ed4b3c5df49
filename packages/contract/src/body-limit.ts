import { z } from 'zod'
import type { Procedure } from './procedure.ts'

/** The limit of bodies in bytes, unless the input of a procedure may need more. */
export const BODY_LIMIT_BYTES = 256 * 1024

/** A Hangul syllable, decomposed into three letters that are each escaped as `\uXXXX`: the longest JSON of usual text. */
const BYTES_PER_CHARACTER = 18
/** A number or a fixed word with quotation marks, comma, line break and indentation. */
const BYTES_PER_VALUE = 48
/** The longest text that a pattern allows, which JSON Schema does not tell, and that of an id. Both are ASCII. */
const PATTERN_MAX_LENGTH = 255
const UUID_LENGTH = 36
/** Quotation marks are escaped. */
const BYTES_PER_ASCII_CHARACTER = 2

/** Limits by input, because converting a schema is slow. */
const limits = new WeakMap<z.ZodType, number>()

/** The largest body of a call, in bytes: enough for the JSON of every valid input. */
export function bodyLimitOf({ input }: Procedure): number {
  let limit = limits.get(input)
  if (limit === undefined) {
    const schema = z.toJSONSchema(input, { io: 'input', reused: 'inline' }) as InputSchema
    limit = Math.max(BODY_LIMIT_BYTES, largestJson(schema, schema.$defs ?? {}))
    limits.set(input, limit)
  }
  return limit
}

/** What zod writes of inputs. */
interface InputSchema {
  $ref?: string
  $defs?: Record<string, InputSchema>
  type?: string
  enum?: unknown[]
  pattern?: string
  format?: string
  maxLength?: number
  maxItems?: number
  items?: InputSchema
  properties?: Record<string, InputSchema>
}

/** Bytes of the largest JSON that fits a schema. Throws for a schema without a limit. */
function largestJson(schema: InputSchema, defs: Record<string, InputSchema>): number {
  const { $ref, type, pattern, format, maxLength, maxItems, items, properties } = schema
  if ($ref !== undefined) return largestJson(defs[$ref.replace('#/$defs/', '')] ?? {}, defs)
  if (properties) {
    const fields = Object.entries(properties)
    return fields.reduce((sum, [name, field]) => sum + name.length + largestJson(field, defs), BYTES_PER_VALUE)
  }
  if (items) return largestJson(items, defs) * limited(maxItems) + BYTES_PER_VALUE
  if (['integer', 'number', 'boolean'].includes(type ?? '') || schema.enum) return BYTES_PER_VALUE
  if (pattern === undefined || maxLength !== undefined)
    return limited(maxLength) * BYTES_PER_CHARACTER + BYTES_PER_VALUE
  const length = format === 'uuid' ? UUID_LENGTH : PATTERN_MAX_LENGTH
  return length * BYTES_PER_ASCII_CHARACTER + BYTES_PER_VALUE
}

function limited(size: number | undefined): number {
  if (size === undefined) throw new Error('A part of an input has no limit.')
  return size
}
