import { z } from 'zod'

/** The part of JSON Schema (2020-12) that zod writes of the contract. */
export interface JsonSchema {
  $ref?: string
  $defs?: Record<string, JsonSchema>
  type?: string | string[]
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  example?: unknown
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

/** An example of what a schema describes, put together from the examples of its parts. */
export function exampleOf(schema: z.ZodType): unknown {
  const json = z.toJSONSchema(schema, { reused: 'inline' }) as JsonSchema
  return partOf(json, json.$defs ?? {})
}

function partOf(schema: JsonSchema, defs: Record<string, JsonSchema>): unknown {
  if (schema.$ref !== undefined) return partOf(defs[schema.$ref.split('/').at(-1) ?? ''] ?? {}, defs)
  const own = [schema.example, schema.const, schema.default, schema.enum?.[0]].find((value) => value !== undefined)
  if (own !== undefined) return own
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
  if (first) return partOf(first, defs)
  if (schema.items) return [partOf(schema.items, defs)]
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([name, part]) => [name, partOf(part, defs)])
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  return schema.type === 'string' ? 'text' : undefined
}
