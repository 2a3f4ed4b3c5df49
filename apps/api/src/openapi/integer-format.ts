const INT32_MAX = 2 ** 31 - 1

/** The part of a schema that says which numbers it allows. */
interface NumberSchema {
  type?: unknown
  const?: unknown
  minimum?: number | undefined
  maximum?: number | undefined
  format?: string | undefined
}

/**
 * Adds the format of an integer, by which generated clients choose a type: `int32`, or `int64` where a value may be larger.
 * A fixed integer, such as the status of a problem, becomes one too; JSON Schema made it a number.
 */
export function addIntegerFormat(schema: NumberSchema): void {
  if (Number.isInteger(schema.const)) schema.type = 'integer'
  if (schema.type !== 'integer') return
  const { minimum = -Infinity, maximum = Infinity } =
    typeof schema.const === 'number' ? { minimum: schema.const, maximum: schema.const } : schema
  schema.format = minimum < -INT32_MAX - 1 || maximum > INT32_MAX ? 'int64' : 'int32'
}
