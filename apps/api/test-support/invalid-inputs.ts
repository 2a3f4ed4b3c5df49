import { isQuery, type ProcedureName, procedures } from '@jumun/contract'
import { fields, quoted } from './invalid-values.ts'
import { placeOf, type RawFields } from './transports.ts'

/** Fields that no input has: those that only the server sets, and names with a meaning in JavaScript. */
const UNKNOWN_FIELDS = ['price', 'balance', 'status', 'role', 'total', '__proto__', 'constructor', 'toString', '']

/** An input that must be refused, and the reason. */
export interface InvalidInput {
  wrong: string
  input: RawFields
}

/** Makes a valid input invalid in one field at a time, with values that the transport can carry. */
export function invalidInputs(
  name: ProcedureName,
  via: 'tRPC' | 'REST',
  valid: Record<string, unknown>,
): InvalidInput[] {
  const good: RawFields = Object.entries(valid).map(([field, value]) => [field, JSON.stringify(value)])
  const without = (field: string) => good.filter(([other]) => other !== field)
  const { shape } = procedures[name].input
  const optional = Object.keys(shape).filter((field) => !(field in valid))

  const invalid = [...Object.keys(valid), ...optional].flatMap((field) =>
    invalidValuesOf(name, via, field).map(
      ([wrong, json]): InvalidInput => ({
        wrong: `${field}: ${wrong}`,
        input: [...without(field), [field, json]],
      }),
    ),
  )
  const missing = good
    .filter(([field]) => !shape[field]?.safeParse(undefined).success)
    .filter(([field]) => via === 'tRPC' || placeOf(name, field) !== 'path')
    .map(([field]): InvalidInput => ({ wrong: `no ${field}`, input: without(field) }))
  const unknown = UNKNOWN_FIELDS.filter((field) => !optional.includes(field)).map(
    (field): InvalidInput => ({ wrong: `unknown ${field}`, input: [...good, [field, '1']] }),
  )
  return [...invalid, ...missing, ...unknown]
}

function invalidValuesOf(name: ProcedureName, via: 'tRPC' | 'REST', field: string): [wrong: string, json: string][] {
  const values = fields[`${name} ${field}`] ?? fields[field]
  if (!values) throw new Error(`No invalid values for ${name} ${field}`)
  const place = via === 'tRPC' ? 'body' : placeOf(name, field)
  if (place === 'body') return Object.entries(values.json).filter(([, json]) => fits(name, via, json))
  const texts = Object.entries(values.text).map(([wrong, text]): [string, string] => [wrong, quoted(text)])
  return place === 'path' ? texts.filter(([, json]) => json !== '""') : texts
}

/** tRPC sends the input of a query in the URL, which cannot be as long as a body. */
function fits(name: ProcedureName, via: 'tRPC' | 'REST', json: string): boolean {
  return via === 'REST' || !isQuery(procedures[name]) || json.length < 10_000
}
