import { exampleOf, type JsonSchema } from '@jumun/api/openapi'
import { type ProblemCode, type Procedure, problems, procedures } from '@jumun/contract'
import { z } from 'zod'
import { declaration, docstring, jsonSchema, literal, members, namedSchemas } from './typescript.ts'

/** `types.gen.ts` of the client: every value that procedures take and answer. */
export function clientTypes(): string {
  const all: Procedure[] = Object.values(procedures)
  const details = Object.values(problems).map(({ details }) => details)
  const inputs = namedSchemas('input', ...all.map(({ input }) => input))
  const outputs = namedSchemas('output', ...all.map(({ output }) => output), ...details)
  const schemas = Object.entries({ ...outputs, ...inputs }).sort(([a], [b]) => (a < b ? -1 : 1))
  const declarations = schemas.map(([name, schema]) => {
    const side = name in inputs ? 'input' : 'output'
    return declaration(name, schema, { side, doc: `${schema.description}\n@example ${example(name, schema, side)}` })
  })
  return declarations.join('\n')
}

/** Values that callers write are shown as a literal, values that they receive as one that is read. */
function example(name: string, schema: JsonSchema, side: 'input' | 'output'): string {
  const variable = name.charAt(0).toLowerCase() + name.slice(1)
  const [field] = Object.keys(schema.properties ?? {})
  if (side === 'output' && field !== undefined) return `const ${field}Of = ({ ${field} }: ${name}) => ${field}`
  return `const ${variable}: ${name} = ${literal(sampleOf(name))}`
}

function sampleOf(name: string): unknown {
  const procedure = Object.values(procedures).find(({ input }) => z.globalRegistry.get(input)?.id === name)
  if (procedure) return procedure.example
  const schema = schemasById().get(name)
  if (!schema) throw new Error(`No schema has the id ${name}.`)
  return exampleOf(schema)
}

/** Every schema with an id that is reachable from an input or an output. */
function schemasById(): Map<string, z.ZodType> {
  const found = new Map<string, z.ZodType>()
  const seen = new Set<unknown>()
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (!(value instanceof z.ZodType)) return Object.values(value).forEach(visit)
    const { id } = z.globalRegistry.get(value) ?? {}
    if (id !== undefined) found.set(id, value)
    visit({ ...value.def })
  }
  visit(Object.values(procedures).map(({ input, output }) => [input, output]))
  return found
}

/** `problems.gen.ts` of the client: the details of every code. */
export function clientProblems(): string {
  const codes = Object.entries(problems) as [ProblemCode, (typeof problems)[ProblemCode]][]
  const rows = codes.map(([code, { description, details }]) => {
    const schema = jsonSchema(details, 'output')
    const isEmpty = Object.keys(schema.properties ?? {}).length === 0
    return `${docstring(description)}\n${code}: ${isEmpty ? 'Record<never, never>' : members(schema, 'output')}`
  })
  const doc = 'Every code that the API answers as a problem, and the details beside it.'
  const sample = "@example type Required = Problems['INSUFFICIENT_POINTS']['required']"
  const text = `${docstring(`${doc}\n${sample}`)}\nexport interface Problems {\n${rows.join('\n')}\n}\n`
  const named = ['Issue', 'OrderStatus', 'Product', 'Shortage'].filter((name) => new RegExp(`: ${name}\\b`).test(text))
  return `import type { ${named.join(', ')} } from './types.gen.ts'\n\n${text}`
}
