import type { JsonSchema } from '@jumun/api/openapi'
import { z } from 'zod'

/** Which side of a schema is meant: what callers send, or what they receive. Fields with a default are optional on the first. */
export type Side = 'input' | 'output'

/** The JSON Schemas of everything that has an id in these schemas, by id. */
export function namedSchemas(io: Side, ...schemas: z.ZodType[]): Record<string, JsonSchema> {
  return jsonSchema(z.tuple(schemas as [z.ZodType]), io).$defs ?? {}
}

/** The JSON Schema of a schema. A field of a named type has the description of that type unless it has its own. */
export function jsonSchema(schema: z.ZodType, io: Side): JsonSchema {
  const json = z.toJSONSchema(schema, { io, reused: 'inline' }) as JsonSchema
  const { $defs = {} } = json
  for (const one of [json, ...Object.values($defs)]) describeFields(one, $defs)
  return json
}

function describeFields(
  { properties = {}, oneOf = [], anyOf = [] }: JsonSchema,
  defs: Record<string, JsonSchema>,
): void {
  for (const one of [...oneOf, ...anyOf]) describeFields(one, defs)
  for (const field of Object.values(properties)) {
    const named = defs[field.$ref?.split('/').at(-1) ?? '']
    if (named) field.description ??= named.description ?? ''
    describeFields(field, defs)
  }
}

/** The declaration of a named type, with its docstring. */
export function declaration(name: string, schema: JsonSchema, { side, doc }: { side: Side; doc: string }): string {
  const isInterface = schema.properties !== undefined && Object.keys(schema.properties).length > 0
  const body = isInterface ? `interface ${name} ${members(schema, side)}` : `type ${name} = ${typeOf(schema, side)}`
  return `${docstring(doc)}\nexport ${body}\n`
}

/** A TypeScript type of a schema. */
function typeOf(schema: JsonSchema, side: Side): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.enum) return schema.enum.map(literal).join(' | ')
  if (schema.const !== undefined) return literal(schema.const)
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, side)).join(' | ')
  const oneOf = schema.anyOf ?? schema.oneOf
  if (oneOf) return oneOf.map((one) => typeOf(one, side)).join(' | ')
  if (schema.type === 'array' && schema.items) {
    const item = typeOf(schema.items, side)
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`
  }
  if (schema.type === 'object') {
    const { additionalProperties: values } = schema
    if (typeof values === 'object' && !schema.properties) return `Record<string, ${typeOf(values, side)}>`
    return Object.keys(schema.properties ?? {}).length > 0 ? members(schema, side) : 'Record<string, never>'
  }
  const type = { integer: 'number', number: 'number', string: 'string', boolean: 'boolean', null: 'null' }[
    schema.type ?? ''
  ]
  if (type === undefined) throw new Error(`No TypeScript type for ${JSON.stringify(schema)}`)
  return type
}

/** The fields of an object, each with its docstring. */
export function members({ properties = {}, required = [] }: JsonSchema, side: Side): string {
  const lines = Object.entries(properties).map(([name, schema]) => {
    const isRequired = required.includes(name)
    const type = `${typeOf(schema, side)}${!isRequired && side === 'input' ? ' | undefined' : ''}`
    return `${docstring(sentenceOf(schema))}\n${name}${isRequired ? '' : '?'}: ${type}`
  })
  return `{\n${lines.join('\n')}\n}`
}

/** A docstring; its lines are separated by line feeds. */
export function docstring(text: string): string {
  const lines = text.split('\n')
  return lines.length === 1 ? `/** ${text} */` : ['/**', ...lines.map((line) => ` * ${line}`), ' */'].join('\n')
}

/** What a field is, with its range and its default. */
function sentenceOf(schema: JsonSchema): string {
  const { description } = schema
  if (description === undefined) throw new Error(`A description is missing: ${JSON.stringify(schema)}`)
  const facts = [rangeOf(schema), schema.default === undefined ? '' : `default ${literal(schema.default)}`]
  const known = facts.filter((fact) => fact !== '').join(', ')
  const text = description.replace(/\.$/, '')
  return known === '' ? `${text}.` : `${text} (${known}).`
}

function rangeOf(schema: JsonSchema): string {
  if (schema.type === 'integer') return range(schema.minimum, schema.maximum, '')
  if (schema.type === 'array') return range(schema.minItems, schema.maxItems, ' items')
  return range(schema.minLength, schema.maxLength, ' characters')
}

/** Bounds beyond the safe integers are those of every integer, and go without saying. */
function range(min: number | undefined, max: number | undefined, unit: string): string {
  const lower = min === undefined || min <= Number.MIN_SAFE_INTEGER ? undefined : grouped(min)
  const upper = max === undefined || max >= Number.MAX_SAFE_INTEGER ? undefined : grouped(max)
  if (lower !== undefined && upper !== undefined) return `${lower} to ${upper}${unit}`
  if (lower !== undefined) return `${lower}${unit} or more`
  return upper === undefined ? '' : `at most ${upper}${unit}`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** A value as TypeScript. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "\\'")}'`
  if (typeof value === 'number') return String(value).replace(/\B(?=(\d{3})+$)/g, value >= 10_000 ? '_' : '')
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([name, one]) => `${name}: ${literal(one)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}
