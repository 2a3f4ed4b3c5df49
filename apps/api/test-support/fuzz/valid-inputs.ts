import fc from 'fast-check'
import { z } from 'zod'

/** The part of JSON Schema that inputs are made of. */
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

/** Values of fields that name something that is there, by the name of the field. */
export type Known = Record<string, fc.Arbitrary<unknown>>

/** Longer texts and lists are drawn at their limit only, so that most inputs are quick to serve. */
const USUAL_LENGTH_MAX = 8

/**
 * Inputs that a schema takes; what it demands beyond JSON Schema may still refuse one. Throws for a schema that it does
 * not know, so that no procedure goes without.
 */
export function validInputs(input: z.ZodObject, known: Known): fc.Arbitrary<Record<string, unknown>> {
  return valuesOf(z.toJSONSchema(input, { io: 'input', reused: 'inline' }) as Schema, known) as ReturnType<
    typeof validInputs
  >
}

function valuesOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, known)))
  if (schema.type === 'object' && schema.properties) return records(schema.properties, schema.required ?? [], known)
  if (schema.type === 'array' && schema.items) return lists(schema, valuesOf(schema.items, known))
  if (schema.type === 'integer') return integers(schema)
  if (schema.type === 'string') return texts(schema)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  throw new Error(`No values for ${JSON.stringify(schema)}: say here how to draw them.`)
}

function records(properties: Record<string, Schema>, required: string[], known: Known): fc.Arbitrary<object> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const any = valuesOf(schema, known)
    const there = known[name]
    return [name, there ? fc.oneof({ weight: 4, arbitrary: there }, { weight: 1, arbitrary: any }) : any] as const
  })
  return fc.record(Object.fromEntries(fields), { requiredKeys: required, noNullPrototype: true })
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
