import {
  type Access,
  chapters,
  contract,
  errorsOf,
  isQuery,
  type Procedure,
  type ProcedureGroup,
  procedures,
  takesIdempotencyKey,
} from '@jumun/contract'
import { z } from 'zod'
import { docstring, literal } from './typescript.ts'

const WHO: Record<Access, string> = {
  anyone: 'Anyone may call it.',
  member: 'For the member and admins.',
  owner: "For the order's member and admins.",
  admin: 'For admins.',
  'self-charge': '',
  topics: '',
}

/** `procedures.gen.ts` of the client: every procedure with what it does, who may call it, its errors and an example. */
export function clientProcedures(): string {
  const groups = Object.entries<ProcedureGroup>(contract)
  const types = new Set(
    Object.values<Procedure>(procedures)
      .filter(isCalled)
      .flatMap(({ input, output }) => [idOf(input), idOf(output)]),
  )
  return [
    `import type { CallOptions } from './calls.ts'`,
    `import type { ${[...types].sort().join(', ')} } from './types.gen.ts'`,
    '',
    all(groups),
    ...groups.map(([group, members]) => interfaceOf(group, members)),
  ].join('\n')
}

function all(groups: [string, ProcedureGroup][]): string {
  const doc = [
    'Every procedure of the API. Beside its own errors, any call may fail with `BAD_REQUEST`, `UNAUTHENTICATED`, `TOO_MANY_REQUESTS`,',
    '`UNAVAILABLE`, `INTERNAL`, `UNREACHABLE` and `ABORTED`.',
    '@example const pay = ({ payment }: Procedures, orderId: string) => payment.pay.mutate({ orderId })',
  ].join('\n')
  const lines = groups.map(([group]) => {
    const chapter = chapters.find(({ groups }) => groups.some((one) => one === group))
    return `${docstring(`${chapter?.description}.`)}\n${group}: ${interfaceName(group)}`
  })
  return `${docstring(doc)}\nexport interface Procedures {\n${lines.join('\n')}\n}\n`
}

function interfaceOf(group: string, members: ProcedureGroup): string {
  const called = Object.entries(members).filter(([, procedure]) => isCalled(procedure))
  const lines = called.map(([name, procedure]) => {
    const verb = isQuery(procedure) ? 'query' : 'mutate'
    const call = `${verb}(input: ${idOf(procedure.input)}, options?: CallOptions): Promise<${idOf(procedure.output)}>`
    const example = `@example await jumun.${group}.${name}.${verb}(${literal(procedure.example)})`
    const doc = docstring(`${sentences(procedure)}\n${example}`)
    return `${docstring(`${procedure.summary}.`)}\n${name}: {\n${doc}\n${call}\n}`
  })
  return `interface ${interfaceName(group)} {\n${lines.join('\n')}\n}\n`
}

/** Subscriptions have a method of their own, `changes`. */
function isCalled({ stream }: Procedure): boolean {
  return stream !== true
}

function sentences(procedure: Procedure): string {
  const { summary, description, access, returns } = procedure
  const text = [`${summary}.`, description, WHO[access], retries(procedure)].filter(Boolean).join(' ')
  const errors = errorsOf(procedure).map((code) => `\`${code}\``)
  return [text, `Answers: ${returns}.`, ...(errors.length > 0 ? [`Errors: ${errors.join(', ')}.`] : [])].join('\n')
}

function retries(procedure: Procedure): string {
  if (isQuery(procedure) || procedure.repeatable === true) return ''
  if (takesIdempotencyKey(procedure)) return 'Retries carry the same idempotency key, so it takes effect once.'
  if (procedure.repeatable === 'with-item-keys') return 'Retried after a lost reply only where every item has a key.'
  return 'Not retried after a lost reply.'
}

/** `retries.gen.ts` of the client: what the retry link needs to know of each procedure. */
export function clientRetries(): string {
  const names = Object.entries(procedures)
  const keyed = names.filter(([, procedure]) => takesIdempotencyKey(procedure))
  const repeatable = names.filter(([, procedure]) => procedure.repeatable === true)
  const withKeys = names.filter(([, procedure]) => procedure.repeatable === 'with-item-keys')
  const list = (rows: typeof names) => `new Set(${literal(rows.map(([name]) => name))})`
  return [
    docstring('Procedures that take an idempotency key.'),
    `export const takesIdempotencyKey: ReadonlySet<string> = ${list(keyed)}\n`,
    docstring('Mutations without a key that may be repeated when their reply is lost.'),
    `export const isRepeatable: ReadonlySet<string> = ${list(repeatable)}\n`,
    docstring('Mutations that may be repeated when every item has a key.'),
    `export const isRepeatableWithItemKeys: ReadonlySet<string> = ${list(withKeys)}\n`,
  ].join('\n')
}

function interfaceName(group: string): string {
  return `${group.charAt(0).toUpperCase()}${group.slice(1)}Procedures`
}

function idOf(schema: z.ZodType): string {
  const { id } = z.globalRegistry.get(schema) ?? {}
  if (id === undefined) throw new Error('Every input and output needs an id: the SDK names its type after it.')
  return id
}
