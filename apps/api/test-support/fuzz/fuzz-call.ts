import { type ProblemCode, procedures } from '@jumun/contract'
import fc from 'fast-check'
import { faultsOf } from '../expect-problem.ts'
import { type ProcedureName, procedureTable } from '../procedure-table.ts'
import { type Call, call, placeOf, type Reply, type Transport } from '../transports.ts'

/** Who calls. */
export const roles = ['admin', 'member', 'nobody'] as const
type Role = (typeof roles)[number]

/** A call that was drawn. */
export interface FuzzCall {
  via: Transport
  role: Role
  input: Record<string, unknown>
}

/** The longest address with which a request is sure to arrive; beyond, the connection may end before the answer. */
const URL_MAX_LENGTH = 8_000

/**
 * Whether its transport can carry this input. A header holds a line of Latin-1, an address ends somewhere, and `.` and `..` are
 * taken out of its path before it is sent (RFC 3986, section 5.2.4), also where they are escaped.
 */
export function canCarry(name: ProcedureName, { via, input }: FuzzCall): boolean {
  const inAddress =
    via === 'tRPC'
      ? procedureTable[name].type === 'query'
      : Object.keys(input).some((field) => isInAddress(name, field))
  if (inAddress && encodeURIComponent(JSON.stringify(input).toWellFormed()).length > URL_MAX_LENGTH) return false
  if (via === 'tRPC') return true
  return Object.entries(input).every(([field, value]) => {
    const place = placeOf(name, field)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (place === 'path') return text !== '.' && text !== '..'
    return place !== 'header' || /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
  })
}

function isInAddress(name: ProcedureName, field: string): boolean {
  return ['path', 'query'].includes(placeOf(name, field))
}

/** What became of a call. */
interface FuzzResult {
  /** `ok`, or the code of the refusal. */
  outcome: string
  /** What is wrong with the reply; nothing, if it is as it must be. */
  faults: string[]
}

/** Sends a call that was drawn, and judges the reply. */
export async function fuzz(options: Omit<Call, 'input' | 'via'>, one: FuzzCall): Promise<FuzzResult> {
  const { via, input } = one
  const reply = await call({ ...options, via, input })
  const faults = reply.problem
    ? [...faultsOf(reply, reply.problem.code), ...problemFaults(options.name, one, reply.problem.code)]
    : answerFaults(options.name, reply)
  return { outcome: reply.problem?.code ?? 'ok', faults: faults.map((fault) => `${via}: ${fault}`) }
}

function answerFaults(name: ProcedureName, { status, answer }: Reply): string[] {
  const parsed = procedures[name].output.safeParse(answer)
  if (status >= 300) return [`status ${status} without a problem`]
  if (!parsed.success) return [`no answer by the schema: ${parsed.error.message}`]
  return fc.stringify(parsed.data) === fc.stringify(answer) ? [] : ['tells more than the schema has']
}

/** Over tRPC, where the input arrives to the letter, the schema alone says whether it is valid. */
function problemFaults(name: ProcedureName, { via, role, input }: FuzzCall, code: ProblemCode): string[] {
  if (code === 'INTERNAL' || code === 'UNAVAILABLE') return [code]
  if (via === 'REST' || role !== 'admin') return []
  const arrives: unknown = JSON.parse(JSON.stringify(input))
  const isValid = procedures[name].input.safeParse(arrives).success
  if (isValid || ['BAD_REQUEST', 'PAYLOAD_TOO_LARGE'].includes(code)) return []
  return [`${code} for an input that is not valid`]
}
