import { setTimeout as sleep } from 'node:timers/promises'
import { isQuery, type ProblemCode, type ProcedureName, procedures } from '@jumun/contract'
import fc from 'fast-check'
import { violationsOf } from '../expect-problem.ts'
import { type Call, call, placeOf, type Reply, type Transport } from '../transports.ts'
import { spellingViolations } from './spellings.ts'

export const roles = ['admin', 'member', 'nobody'] as const
type Role = (typeof roles)[number]

/** A generated call. */
export interface FuzzCall {
  via: Transport
  role: Role
  input: Record<string, unknown>
}

/** How often a call is made that is answered `UNAVAILABLE`, and how long it waits in between. */
const ATTEMPTS = 8
const RETRY_MS = 500

/** Above this, the server may close the connection before the client has read the response. */
const URL_MAX_LENGTH = 8_000

/**
 * Whether its transport can carry this input. A header holds one line of Latin-1, the length of a URL is limited, and clients
 * remove `.` and `..` from its path, also when they are escaped (RFC 3986, section 5.2.4).
 */
export function canCarry(name: ProcedureName, { via, input }: FuzzCall): boolean {
  const inUrl = via === 'tRPC' ? isQuery(procedures[name]) : Object.keys(input).some((field) => isInUrl(name, field))
  if (inUrl && encodeURIComponent(JSON.stringify(input).toWellFormed()).length > URL_MAX_LENGTH) return false
  if (via === 'tRPC') return true
  return Object.entries(input).every(([field, value]) => {
    const place = placeOf(name, field)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (place === 'path') return text !== '.' && text !== '..'
    return place !== 'header' || /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
  })
}

function isInUrl(name: ProcedureName, field: string): boolean {
  return ['path', 'query'].includes(placeOf(name, field))
}

/** The result of a call. */
interface FuzzResult {
  /** `ok`, or the code of the problem. */
  outcome: string
  /** How the reply differs from what it must be. */
  violations: string[]
}

/** Sends a generated call and checks the reply. */
export async function fuzz(options: Omit<Call, 'input' | 'via'>, one: FuzzCall): Promise<FuzzResult> {
  const { via, input } = one
  const reply = await callUntilAvailable({ ...options, via, input })
  const violations = reply.problem
    ? [...violationsOf(reply, reply.problem.code), ...problemViolations(options.name, one, reply.problem.code)]
    : answerViolations(options.name, reply)
  violations.push(...spellingViolations(reply))
  return { outcome: reply.problem?.code ?? 'ok', violations: violations.map((violation) => `${via}: ${violation}`) }
}

/** A busy machine may keep a call waiting for longer than the API lets it; it is then made again, as clients do. */
async function callUntilAvailable(options: Call): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await call(options)
    if (reply.problem?.code !== 'UNAVAILABLE' || attempt === ATTEMPTS) return reply
    await sleep(RETRY_MS)
  }
}

function answerViolations(name: ProcedureName, { status, answer }: Reply): string[] {
  const parsed = procedures[name].output.safeParse(answer)
  if (status >= 300) return [`status ${status} without a problem`]
  if (!parsed.success) return [`the answer does not match the schema: ${parsed.error.message}`]
  return fc.stringify(parsed.data) === fc.stringify(answer) ? [] : ['the answer has fields that the schema has not']
}

/** Over tRPC, where the input arrives unchanged, the schema alone decides whether it is valid. */
function problemViolations(name: ProcedureName, { via, role, input }: FuzzCall, code: ProblemCode): string[] {
  if (code === 'INTERNAL' || code === 'UNAVAILABLE') return [code]
  if (via === 'REST' || role !== 'admin') return []
  const arrives: unknown = JSON.parse(JSON.stringify(input))
  const isValid = procedures[name].input.safeParse(arrives).success
  if (isValid || ['BAD_REQUEST', 'PAYLOAD_TOO_LARGE'].includes(code)) return []
  return [`${code} for an invalid input`]
}
