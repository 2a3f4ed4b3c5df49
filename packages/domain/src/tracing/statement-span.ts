import { EntitySchema } from '@mikro-orm/core'
import { SpanKind, type SpanOptions } from '@opentelemetry/api'
import { entities } from '../database/entities.ts'
import { inSpan, recordedContext } from './tracing.ts'

const OPERATION = /^\s*(select|insert|update|delete|with|commit|rollback|lock|savepoint|release|set)\b/i
const TABLE = /\b(?:from|into|update|join)\s+(?:"?\w+"?\.)?"?(\w+)"?/gi

/** Only the tables of entities are written into spans, because a word of a value could look like a name. */
const TABLES = new Set(entities.map((entity) => EntitySchema.REGISTRY.get(entity)?.meta.tableName))

const KNOWN_MAX = 1_000
/** Of prepared statements, which are constants in the code. */
const known = new Map<string, { name: string; options: SpanOptions }>()

/**
 * Runs a statement in a span that has its first word and its table, and nothing else of it: the mapper writes values into its statements.
 * Statements outside of a recorded span have none.
 */
export function inStatementSpan<Result>(text: unknown, run: () => Result): Result {
  if (typeof text !== 'string' || /^\s*begin\b/i.test(text) || !recordedContext()) return run()
  const { name, options } = known.get(text) ?? describe(text)
  return inSpan(name, options, async () => run()) as Result
}

function describe(text: string) {
  const operation = OPERATION.exec(text)?.[1]?.toLowerCase() ?? 'statement'
  const table = [...text.slice(0, 10_000).matchAll(TABLE)]
    .map(([, name = '']) => name.toLowerCase())
    .find((name) => TABLES.has(name))
  const attributes = {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    ...(table !== undefined && { 'db.collection.name': table }),
  }
  const described = {
    name: table === undefined ? operation : `${operation} ${table}`,
    options: { kind: SpanKind.CLIENT, attributes },
  }
  if (text.includes('$1') && known.size < KNOWN_MAX) known.set(text, described)
  return described
}
