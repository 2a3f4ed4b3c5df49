import { EntitySchema } from '@mikro-orm/core'
import { SpanKind, type SpanOptions } from '@opentelemetry/api'
import { entities } from '../database/entities.ts'
import { inSpan, recordedContext } from './tracing.ts'

const OPERATION = /^\s*(select|insert|update|delete|with|commit|rollback|lock|savepoint|release|set)\b/i
const TABLE = /\b(?:from|into|update|join)\s+(?:"?\w+"?\.)?"?(\w+)"?/gi

/** Spans name only tables of entities, because a word inside a value could look like a table name. */
const TABLES = new Set(entities.map((entity) => EntitySchema.REGISTRY.get(entity)?.meta.tableName))

const KNOWN_MAX = 1_000
/** The span names of prepared statements, which are constants in the code. */
const known = new Map<string, { name: string; options: SpanOptions }>()

/**
 * Runs a statement in a span. The span contains only the statement's first word and its table, because the mapper writes values into its
 * statements. Without a recorded span above it, the statement gets none.
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
