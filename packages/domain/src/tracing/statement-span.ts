import { SpanKind, type SpanOptions } from '@opentelemetry/api'
import { inSpan, recordedContext } from './tracing.ts'

const OPERATION = /^\s*(select|insert|update|delete|with|commit|rollback|lock|savepoint|release|set)\b/i
const TABLE = /\b(?:from|into|update|join)\s+(?:"?\w+"?\.)?"?(\w+)"?/gi

/** Only these names of tables are written into spans, because a word of a value could look like one. */
const TABLES = new Set(
  `point_account point_entry product product_stock stock_adjustment order order_line cart cart_item idempotency_record popular_hour
   popular_state change feed_tick feed_consumer undelivered_event api_process sign_in_code`.split(/\s+/),
)

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
