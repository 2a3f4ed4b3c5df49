import fc from 'fast-check'
import { z } from 'zod'

/** The part of JSON Schema that the inputs of procedures use. */
interface Schema {
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  pattern?: string
  minLength?: number
  maxLength?: number
}

/** Values that refer to existing rows, by the name of the field. */
export type Existing = Record<string, fc.Arbitrary<unknown>>

/** Fields with which nearly every call is refused, so that few inputs have them. */
const RARE = new Set(['expectedTotal'])

/** Longer strings and lists have the maximum length, so that most inputs are fast to process. */
const USUAL_LENGTH_MAX = 8

/**
 * Inputs that match the JSON Schema of a zod schema; refinements of zod, which JSON Schema does not have, may still refuse
 * one. Throws for an unsupported schema, so that every procedure is tested.
 */
export function validInputs(input: z.ZodObject, existing: Existing): fc.Arbitrary<Record<string, unknown>> {
  // Without the global registry, schemas have no ids, so zod inlines all of them.
  const schema = z.toJSONSchema(input, { io: 'input', reused: 'inline', metadata: z.registry() })
  return valuesOf(schema as Schema, existing) as ReturnType<typeof validInputs>
}

function valuesOf(schema: Schema, existing: Existing): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, existing)))
  if (schema.type === 'object' && schema.properties) return records(schema.properties, schema.required ?? [], existing)
  if (schema.type === 'array' && schema.items) return lists(schema, valuesOf(schema.items, existing))
  if (schema.type === 'integer') return integers(schema)
  if (schema.type === 'string') return texts(schema)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  throw new Error(`No values for ${JSON.stringify(schema)}: add this kind of schema here.`)
}

function records(properties: Record<string, Schema>, required: string[], existing: Existing): fc.Arbitrary<object> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const valid = valuesOf(schema, existing)
    const rows = existing[name]
    return [name, rows ? fc.oneof({ weight: 4, arbitrary: rows }, { weight: 1, arbitrary: valid }) : valid] as const
  })
  const all = fc.record(Object.fromEntries(fields), { requiredKeys: required, noNullPrototype: true })
  const without = all.map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => !RARE.has(name))))
  return fc.oneof({ weight: 1, arbitrary: all }, { weight: 4, arbitrary: without })
}

function lists({ minItems = 0, maxItems = 100 }: Schema, item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> {
  const usual = fc.array(item, { minLength: minItems, maxLength: Math.min(maxItems, USUAL_LENGTH_MAX) })
  const full = item.map((one) => Array<unknown>(maxItems).fill(one))
  return fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: full })
}

function integers({ minimum: min = -(2 ** 31), maximum: max = 2 ** 31 - 1 }: Schema): fc.Arbitrary<number> {
  const small = fc.integer({ min: Math.max(min, -3), max: Math.min(max, 3) })
  const any = fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) })
  return fc.oneof({ weight: 4, arbitrary: small }, any, fc.constantFrom(min, max))
}

function texts({ pattern, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const usual = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, USUAL_LENGTH_MAX) })
  return fc.oneof({ weight: 9, arbitrary: usual }, fc.constant('힣'.repeat(maxLength)))
}
