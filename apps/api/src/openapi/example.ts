/** A JSON Schema (2020-12), as far as examples need it. */
export interface JsonSchema {
  $ref?: string
  type?: string
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean
  items?: JsonSchema
  anyOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  example?: unknown
  examples?: unknown[]
  default?: unknown
}

/** An example of what a schema describes, put together from the examples of its parts. */
export function exampleOf(schema: JsonSchema, schemas: Record<string, JsonSchema>): unknown {
  if (schema.$ref !== undefined) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas)
  const [own] = [schema.example, schema.examples?.[0], schema.const, schema.default, schema.enum?.[0]].filter(
    (value) => value !== undefined,
  )
  if (own !== undefined) return own
  const [first] = schema.anyOf ?? schema.allOf ?? []
  if (first) return exampleOf(first, schemas)
  if (schema.items) return [exampleOf(schema.items, schemas)]
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([name, part]) => [name, exampleOf(part, schemas)])
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  return schema.type === 'string' ? 'text' : undefined
}
