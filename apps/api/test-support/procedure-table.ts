import { isQuery, type ProcedureName, procedures, takesIdempotencyKey } from '@jumun/contract'

export type { ProcedureName }

/** The member, the product and the order that the valid input of a procedure names. */
export interface Names {
  memberId: string
  productId: number
  orderId: string
}

/** What tests need of a procedure. */
interface ProcedureEntry {
  type: 'query' | 'mutation'
  /** Who may call it. */
  who: (typeof procedures)[ProcedureName]['access']
  /** Whether it takes an idempotency key, which over REST is a header. */
  keyed: boolean
  /** Status of a success over REST. */
  status: 200 | 201
  /** A valid input that names these. */
  input(names: Names): Record<string, unknown>
}

export const procedureNames = Object.keys(procedures) as ProcedureName[]

/** Every procedure, from the contract. */
export const procedureTable = Object.fromEntries(
  procedureNames.map((name): [ProcedureName, ProcedureEntry] => {
    const procedure = procedures[name]
    return [
      name,
      {
        type: isQuery(procedure) ? 'query' : 'mutation',
        who: procedure.access,
        keyed: takesIdempotencyKey(procedure),
        status: procedure.status ?? 200,
        input: (names) => withNames(procedure.example, names) as Record<string, unknown>,
      },
    ]
  }),
) as Record<ProcedureName, ProcedureEntry>

/** The example with these names in the places of its own. */
function withNames(example: unknown, names: Names): unknown {
  if (Array.isArray(example)) return example.map((one) => withNames(one, names))
  if (typeof example !== 'object' || example === null) return example
  const entries = Object.entries(example).map(([field, value]) => [
    field,
    field in names ? names[field as keyof Names] : withNames(value, names),
  ])
  return Object.fromEntries(entries)
}
